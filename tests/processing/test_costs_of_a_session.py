"""A session over the network, analysed twice: its costs are the provider's own bill, and the second time is free."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from analysis.insights.costs import Period, costs, session_costs
from analysis.insights.forecast import forecast
from analysis.insights.nodes import node_states
from analysis.models import AnalysisResult, ProviderNode
from analysis.processing import verbs
from analysis.routing import ledger
from tests.processing.test_sessions_over_the_network import ABROAD, TEXTS, Finish, Make, analysed
from tests.provider.nodes import PRICE_IN, PRICE_OUT, _key, provided  # noqa: F401 - a fixture
from tests.provider.server import Provider

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_key")]


@pytest.fixture
def provider() -> Iterator[Provider]:
    with provided(Provider()) as fake:
        yield fake


def test_what_a_session_cost_is_what_the_provider_billed(
    provider: Provider, make_session: Make, finish: Finish
) -> None:
    session = analysed(make_session([*TEXTS, "no", ".", TEXTS[0]]), finish)
    told, bill = session_costs(session), provider.ledger
    assert told is not None
    assert (told.spend.calls, told.spend.items) == (bill.calls, 90)
    assert (told.spend.tokens_in, told.spend.tokens_out) == (bill.tokens_in, bill.tokens_out)
    assert abs(told.spend.cost - (bill.tokens_in * PRICE_IN + bill.tokens_out * PRICE_OUT) / 1_000_000) < Decimal(
        "1e-6"
    )
    assert told.spend.cost == ledger.spent("session", str(session.pk)) == costs(Period.last()).spend.cost
    assert told.ways.comments == AnalysisResult.objects.filter(session=session, is_current=True).count()
    [state] = node_states(ProviderNode.objects.select_related("pool"))
    assert (state.work.calls, state.share) == (bill.calls, 1.0)


def test_the_second_time_costs_nothing_and_is_counted_as_spared(
    provider: Provider, make_session: Make, finish: Finish
) -> None:
    session = analysed(make_session(TEXTS), finish)
    before, calls = session_costs(session), provider.ledger.calls
    verbs.reanalyze(session=session, actor=None, engine="llm", terms=ABROAD)
    finish(session)
    after = session_costs(session)
    assert before is not None
    assert after is not None
    assert provider.ledger.calls == calls
    assert after.spend == before.spend
    assert (after.ways.cached, after.ways.hit_ratio) == (90, 0.5)
    spared = {one.way: one for one in after.savings.ways}["cached"]
    assert spared.is_measured
    assert abs(spared.cost - before.spend.cost) < Decimal("1e-6")


def test_a_forecast_from_the_past_holds_what_the_next_session_costs(
    provider: Provider, make_session: Make, finish: Finish
) -> None:
    for part in range(3):
        analysed(make_session([f"{text}, y van {part} meses" for text in TEXTS]), finish)
    told = forecast(90, "llm")
    session = analysed(make_session([f"{text}, la verdad" for text in TEXTS]), finish)
    cost = session_costs(session)
    assert cost is not None
    assert (told.from_past, told.is_measured) == (True, True)
    assert told.cost.low <= cost.spend.cost <= told.cost.high * Decimal("1.1")
    assert told.items.low <= cost.spend.items <= told.items.high
