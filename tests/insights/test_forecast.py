"""What a session will cost is said before it begins, and whether the budgets pay for it."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from analysis.insights.cost_rules import Rate
from analysis.insights.forecast import USUAL, Cover, Range, Shares, covered, expected, forecast, shares_of
from analysis.models import Budget, ProviderCall, Spending, Usage
from analysis.routing import ledger, nodes
from analysis.routing.remote import Unusable
from tests import factories
from tests.provider.nodes import make_node, make_pool

RATE = Rate(item=Decimal("0.01"), is_measured=True)


def in_whole(*numbers: int) -> Range:
    return Range(*map(Decimal, numbers))


def in_order(shares: Shares | None) -> list[float]:
    assert shares is not None
    return [round(share, 6) for share in (shares.low, shares.expected, shares.high)]


def test_items_calls_and_cost_follow_the_shares() -> None:
    told = expected(1000, Shares(0.1, 0.5, 0.9), RATE, 20, {}, from_past=True)
    assert told.items == in_whole(100, 500, 900)
    assert told.calls == in_whole(5, 25, 45)
    assert told.cost == in_whole(1, 5, 9)
    assert told.cover is Cover.YES


def test_no_text_costs_nothing() -> None:
    assert expected(0, USUAL["llm"], RATE, 20, {}, from_past=False).cost.high == 0


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ({}, (Cover.YES, "")),
        ({"day": 9, "month": 99}, (Cover.YES, "")),
        ({"day": 6, "month": 99}, (Cover.PERHAPS, "day")),
        ({"day": 6, "session": 1}, (Cover.NO, "session")),
    ],
)
def test_the_tightest_budget_decides(left: dict[str, int], said: tuple[Cover, str]) -> None:
    assert covered(Decimal(5), Decimal(9), {scope: Decimal(n) for scope, n in left.items()}) == said


class TestThePast:
    def test_says_nothing_while_it_is_short(self) -> None:
        assert shares_of([]) is None
        assert shares_of([(199, 100, 0)]) is None

    def test_spreads_as_far_as_sessions_did(self) -> None:
        assert in_order(shares_of([(100, 20, 0), (100, 60, 0)])) == [0.2, 0.4, 0.6]

    def test_of_one_session_leaves_some_doubt(self) -> None:
        assert in_order(shares_of([(400, 200, 0)])) == [0.425, 0.5, 0.575]

    def test_takes_no_hit_of_the_cache_for_granted(self) -> None:
        assert in_order(shares_of([(200, 20, 80)])) == [0.1, 0.5, 0.575]

    def test_never_asks_more_often_than_there_are_texts(self) -> None:
        told = shares_of([(200, 200, 0), (3, 0, 0)])
        assert told is not None
        assert told.high == 1.0


@pytest.mark.django_db
class TestAForecast:
    @pytest.fixture(autouse=True)
    def _node(self, db: None) -> None:
        make_pool(batch_size=10)
        make_node("https://node.example/v1")

    def test_goes_by_the_shares_written_down_before_anything_was_asked(self) -> None:
        told = forecast(100, "auto")
        assert (told.from_past, told.is_measured) == (False, False)
        assert told.items.expected == 100 * Decimal(str(USUAL["auto"].expected))
        assert told.calls.expected == 4
        assert 0 < told.cost.low < told.cost.expected < told.cost.high

    def test_goes_by_the_past_of_the_same_engine(self) -> None:
        session, today = factories.make_session(), timezone.localdate()
        Usage.objects.create(day=today, engine="auto", session=session, texts=300, provided=30, sure=270)
        ProviderCall.objects.create(
            engine="llm", items=30, reserved=1, cost=Decimal("0.3"), day=today, state="settled", session=session,
            settled_at=timezone.now(),
        )  # fmt: skip
        told = forecast(1000, "auto")
        assert (told.from_past, told.is_measured) == (True, True)
        assert (told.items.expected, told.cost.expected) == (Decimal(100), Decimal(1))
        assert forecast(1000, "llm").from_past is False

    def test_is_held_against_what_the_budgets_still_allow(self) -> None:
        Budget.objects.create(scope="day", most=Decimal(1))
        assert forecast(100, "llm").cover is Cover.YES
        Spending.objects.create(scope="day", key=ledger.period_key("day"), committed=Decimal("0.99"))
        assert (forecast(100, "llm").cover, forecast(100, "llm").scope) == (Cover.NO, "day")

    def test_is_held_against_the_limit_of_the_session(self) -> None:
        told = forecast(100, "llm", cost_limit=Decimal("0.000001"))
        assert (told.cover, told.scope) == (Cover.NO, "session")

    def test_of_the_embedded_engine_is_nothing(self) -> None:
        assert forecast(100, "embedded").cost.high == 0

    def test_of_an_engine_that_nobody_set_up_is_refused(self) -> None:
        with pytest.raises(Unusable):
            forecast(100, "remote")


@pytest.fixture(autouse=True)
def _seen() -> None:
    nodes.look_again()


def test_a_limit_of_nobody_in_particular_is_whole(db: None) -> None:
    payer = ledger.Payer(uuid.uuid4(), Decimal(3))
    assert ledger.left(payer) == {"session": 3}
