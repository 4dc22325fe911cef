"""Sessions that a provider labels: every comment gets its own answer once, for as little money as possible."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal

import pytest
from django.db.models import Sum

from analysis.engines.base import THEMES
from analysis.intake.errors import IntakeError
from analysis.intake.terms import SessionTerms
from analysis.models import AnalysisResult, Budget, CallState, ProviderCall, ProviderNode, Session, Spending, Usage
from analysis.processing import held, verbs
from analysis.processing.drain import drain
from tests import factories
from tests.provider.answers import result_for
from tests.provider.faults import Faults
from tests.provider.nodes import PRICE_IN, PRICE_OUT, _key, make_node, make_pool, provided  # noqa: F401 - a fixture
from tests.provider.server import Provider, serving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_key")]

TEXTS = [f"El internet anda mal desde el día {number} y nadie contesta" for number in range(90)]
ABROAD = SessionTerms(sends_abroad=True)
Make = Callable[..., Session]
Finish = Callable[[Session], Session]


@pytest.fixture
def provider() -> Iterator[Provider]:
    with provided(Provider()) as fake:
        yield fake


def analysed(session: Session, finish: Finish, engine: str = "llm", terms: SessionTerms = ABROAD) -> Session:
    """The session, imported with the embedded engine and then labelled by the one named."""
    verbs.start_import(session=session, actor=None)
    finish(session)
    verbs.reanalyze(session=session, actor=None, engine=engine, terms=terms)
    return finish(session)


def labels_are_the_providers(session: Session) -> None:
    results = AnalysisResult.objects.filter(session=session, is_current=True, is_fallback=False)
    for result in results.select_related("comment"):
        right = result_for(result.comment.text, THEMES)
        assert (result.text_sentiment, result.urgency) == (right["sentiment"], right["urgency"])
        assert [theme["code"] for theme in result.themes] == [theme["code"] for theme in right["themes"]]


def test_every_comment_gets_its_own_answer(provider: Provider, make_session: Make, finish: Finish) -> None:
    session = analysed(make_session([*TEXTS, "no", ".", TEXTS[0]]), finish)
    assert session.state == "completed"
    results = AnalysisResult.objects.filter(session=session, is_current=True)
    assert results.count() == 93
    assert results.filter(is_fallback=True).count() == 0
    assert results.filter(is_uninformative=True).count() == 2
    labels_are_the_providers_of_all_that_say_something = results.filter(is_uninformative=False)
    assert labels_are_the_providers_of_all_that_say_something.count() == 91
    for result in labels_are_the_providers_of_all_that_say_something.select_related("comment"):
        assert result.text_sentiment == result_for(result.comment.text, THEMES)["sentiment"]
    assert sum(provider.ledger.items.values()) == 90
    usage = Usage.objects.get(session=session)
    assert (usage.texts, usage.provided, usage.trivial, usage.repeats) == (92, 90, 2, 1)


def test_the_ledger_agrees_with_the_providers(provider: Provider, make_session: Make, finish: Finish) -> None:
    session = analysed(make_session(TEXTS), finish)
    calls = ProviderCall.objects.filter(session=session)
    sums = calls.aggregate(Sum("tokens_in"), Sum("tokens_out"), Sum("cost"), Sum("items"))
    assert (sums["tokens_in__sum"], sums["tokens_out__sum"]) == (provider.ledger.tokens_in, provider.ledger.tokens_out)
    assert (calls.count(), sums["items__sum"]) == (provider.ledger.calls, 90)
    assert set(calls.values_list("state", flat=True)) == {CallState.SETTLED}
    exact = (provider.ledger.tokens_in * PRICE_IN + provider.ledger.tokens_out * PRICE_OUT) / 1_000_000
    assert abs(sums["cost__sum"] - exact) < Decimal("0.000001")
    assert {spending.committed for spending in Spending.objects.all()} == {sums["cost__sum"]}
    assert {spending.scope for spending in Spending.objects.all()} == {"day", "month", "session"}


def test_the_second_time_costs_nothing(provider: Provider, make_session: Make, finish: Finish) -> None:
    first = analysed(make_session(TEXTS), finish)
    calls = provider.ledger.calls
    second = analysed(make_session([text.upper() for text in TEXTS]), finish)
    assert provider.ledger.calls == calls
    said = [
        list(AnalysisResult.objects.filter(session=session, is_current=True).order_by("comment__row_number")
             .values_list("text_sentiment", "urgency"))
        for session in (first, second)
    ]  # fmt: skip
    assert said[0] == said[1]
    assert Usage.objects.get(session=second).cached == 90


def test_auto_asks_only_what_the_embedded_engine_is_unsure_of(
    provider: Provider, make_session: Make, finish: Finish
) -> None:
    varied = [*TEXTS[:20], *(f"{text} {number}" for number, text in enumerate(factories.TEXTS) if len(text) > 8)]
    session = make_session(varied)
    verbs.start_import(session=session, actor=None)
    finish(session)
    local = AnalysisResult.objects.filter(session=session, is_uninformative=False)
    threshold = statistics.median(local.values_list("confidence", flat=True))
    make_pool(sure_from=threshold)
    verbs.reanalyze(session=session, actor=None, engine="auto", terms=ABROAD)
    finish(session)
    usage = Usage.objects.get(session=session)
    sure = local.filter(engine="embedded", confidence__gte=threshold).count()
    assert (usage.sure, usage.provided) == (sure, local.filter(engine="embedded").count() - sure)
    assert usage.provided == sum(provider.ledger.batches) > 0 < usage.sure
    kept = AnalysisResult.objects.filter(session=session, engine="auto", confidence__gte=threshold)
    assert kept.exists()


def test_without_consent_nothing_is_sent(provider: Provider, make_session: Make, finish: Finish) -> None:
    with pytest.raises(IntakeError, match="abroad"):
        analysed(make_session(TEXTS), finish, terms=SessionTerms())
    assert provider.ledger.calls == 0


def test_consent_that_is_needed_only_later_is_waited_for(make_session: Make, finish: Finish) -> None:
    with provided(Provider(), is_abroad=False) as provider:
        session = make_session(TEXTS)
        verbs.start_import(session=session, actor=None)
        finish(session)
        verbs.reanalyze(session=session, actor=None, engine="llm", terms=SessionTerms())
        ProviderNode.objects.update(is_abroad=True)
        finish(session)
        assert (session.state, session.pause_reason) == ("paused", "no_consent")
        assert provider.ledger.calls == 0
        ProviderNode.objects.update(is_abroad=False)
        assert held.let_go() == 1
        assert finish(session).state == "completed"


def test_an_engine_that_nobody_set_up_says_so(make_session: Make, finish: Finish) -> None:
    with pytest.raises(IntakeError, match="not set up"):
        analysed(make_session(TEXTS), finish)


def test_a_provider_with_every_fault_loses_and_swaps_nothing(make_session: Make, finish: Finish) -> None:
    faults = Faults(timeout=0.05, rate_limited=0.1, server_error=0.05, malformed=0.1, missing=0.05, extra=0.05)
    with provided(Provider(faults=faults, seed=7, retry_after=0.5), timeout_seconds=0.5) as provider:
        session = analysed(make_session(TEXTS), finish)
        assert session.state == "completed"
        assert AnalysisResult.objects.filter(session=session, is_current=True).count() == 90
        labels_are_the_providers(session)
        assert provider.ledger.too_early == 0


def test_an_outage_gives_marked_labels_that_are_asked_for_again(make_session: Make, finish: Finish) -> None:
    away = Provider()
    away.is_away = True
    with provided(away) as provider:
        session = analysed(make_session([*TEXTS, TEXTS[3]]), finish)
        assert session.state == "completed"
        fallbacks = AnalysisResult.objects.filter(session=session, is_current=True, is_fallback=True)
        assert fallbacks.count() == 91
        assert set(fallbacks.values_list("fallback_reason", flat=True)) <= {"open", "server"}
        assert provider.ledger.calls < 20
        provider.is_away = False
        Session.objects.filter(pk=session.pk).update(completed_at="2026-01-01T00:00:00Z")
        for _ in range(60):
            if held.ask_again():
                break
            time.sleep(0.5)
        session.refresh_from_db()
        finish(session)
        assert fallbacks.count() == 0
        assert AnalysisResult.objects.filter(session=session, is_current=True).count() == 91
        labels_are_the_providers(session)
        assert held.ask_again() == 0


def test_a_session_that_would_rather_wait_waits(make_session: Make, finish: Finish) -> None:
    away = Provider()
    away.is_away = True
    with provided(away) as provider:
        session = make_session(TEXTS)
        verbs.start_import(session=session, actor=None)
        finish(session)
        verbs.reanalyze(
            session=session, actor=None, engine="llm", terms=SessionTerms(sends_abroad=True, on_outage="wait")
        )
        drain(session.pk, "tester", seconds=1)
        session.refresh_from_db()
        assert session.state == "running"
        assert not AnalysisResult.objects.filter(session=session, engine="llm").exists()
        provider.is_away = False
        time.sleep(11)
        assert finish(session).state == "completed"
        labels_are_the_providers(session)


def test_money_runs_out_and_comes_back(provider: Provider, make_session: Make, finish: Finish) -> None:
    make_pool(batch_size=5)
    budget = Budget.objects.create(scope="day", most=Decimal("0.06"))
    session = analysed(make_session(TEXTS), finish)
    assert (session.state, session.pause_reason) == ("paused", "budget_day")
    spent = ProviderCall.objects.aggregate(Sum("cost"))["cost__sum"]
    assert Decimal("0.01") < spent <= budget.most
    done = AnalysisResult.objects.filter(session=session, engine="llm").count()
    assert 0 < done < 90
    assert held.let_go() == 0
    budget.most = Decimal(5)
    budget.save()
    assert held.let_go() == 1
    session.refresh_from_db()
    assert finish(session).state == "completed"
    assert AnalysisResult.objects.filter(session=session, engine="llm").count() == 90
    assert sum(provider.ledger.items.values()) == 90
    labels_are_the_providers(session)


def test_a_session_keeps_to_its_own_limit(provider: Provider, make_session: Make, finish: Finish) -> None:
    make_pool(batch_size=5)
    terms = SessionTerms(sends_abroad=True, cost_limit=Decimal("0.06"))
    session = analysed(make_session(TEXTS), finish, terms=terms)
    assert (session.state, session.pause_reason) == ("paused", "budget_session")
    assert Spending.objects.get(scope="session", key=str(session.pk)).committed <= Decimal("0.06")


def test_a_node_that_is_switched_off_has_the_session_wait(
    provider: Provider, make_session: Make, finish: Finish
) -> None:
    session = make_session(TEXTS)
    verbs.start_import(session=session, actor=None)
    finish(session)
    verbs.reanalyze(session=session, actor=None, engine="llm", terms=ABROAD)
    ProviderNode.objects.update(is_enabled=False)
    finish(session)
    assert (session.state, session.pause_reason) == ("paused", "no_node")
    ProviderNode.objects.update(is_enabled=True)
    assert held.let_go() == 1
    session.refresh_from_db()
    assert finish(session).state == "completed"


def test_three_nodes_share_by_weight_and_one_may_die(make_session: Make, finish: Finish) -> None:
    providers = [Provider() for _ in range(3)]
    pool = make_pool(batch_size=2)
    with ExitStack() as stack:
        for place, (fake, weight) in enumerate(zip(providers, (5, 3, 2), strict=True)):
            make_node(stack.enter_context(serving(fake)), f"n{place}", pool=pool, weight=weight)
        session = analysed(make_session(TEXTS), finish)
        assert session.state == "completed"
        labels_are_the_providers(session)
        calls = [fake.ledger.calls for fake in providers]
        assert sum(calls) == 45
        assert all(abs(own / 45 - weight / 10) <= 0.05 for own, weight in zip(calls, (5, 3, 2), strict=True))
        providers[0].is_away = True
        second = analysed(make_session([f"{text} otra vez" for text in TEXTS]), finish)
        assert AnalysisResult.objects.filter(session=second, is_current=True, is_fallback=False).count() == 90
        labels_are_the_providers(second)
