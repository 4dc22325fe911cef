"""Costs are the sums of the rows behind them, however they are cut."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from analysis.insights.answers import answers
from analysis.insights.cost_rules import Spend, total
from analysis.insights.costs import Period, budgets, costs, fixed_tokens, paused_for_money, session_costs
from analysis.models import Budget, ProviderCall, ProviderNode, Session, SessionState, Spending, Usage
from analysis.routing import answers as kept
from analysis.routing import ledger, nodes
from analysis.routing.answers import Kept
from analysis.routing.stock import stock
from perf import metrics
from tests import factories
from tests.provider.nodes import make_node, make_pool

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def node(db: None) -> Iterator[ProviderNode]:
    make_pool()
    yield make_node("https://node.example/v1")
    nodes.look_again()


@pytest.fixture
def session() -> Session:
    return factories.make_session(engine="llm")


def call(**values: Any) -> ProviderCall:
    fields: dict[str, Any] = {
        "engine": "llm", "model": "m", "items": 20, "tokens_in": 900, "tokens_out": 400, "reserved": 1,
        "cost": Decimal("0.2"), "state": "settled", "day": timezone.localdate(), "settled_at": timezone.now(),
    }  # fmt: skip
    if session := values.get("session"):
        fields["session_key"] = str(session.pk)
    return ProviderCall.objects.create(**fields | values)


def test_every_cut_adds_up_to_the_whole(node: ProviderNode, session: Session) -> None:
    today = timezone.localdate()
    call(node=node, session=session)
    call(node=node, session=session, day=today - timedelta(days=29), trouble="malformed")
    call(node=None, engine="remote", model="", cost=0)
    call(state="reserved", settled_at=None, cost=Decimal(1))
    call(day=today - timedelta(days=30))
    told = costs(Period.last(30))
    lines = ProviderCall.objects.filter(day__gt=today - timedelta(days=30))
    assert (told.spend.calls, told.spend.cost) == (4, Decimal("1.4"))
    assert told.spend.calls == lines.count()
    assert (told.spend.troubles, told.spend.settled_calls, told.spend.settled_cost) == (1, 3, Decimal("0.4"))
    for cut in (told.days, told.engines, told.nodes):
        assert total(spend for _key, spend in cut) == told.spend
    assert total(spend for _key, spend in told.sessions).cost == told.spend.cost
    assert len(told.days) == 30
    assert dict(told.sessions)[str(session.pk)].calls == 2
    assert dict(told.nodes)["first"].calls == 2


def test_a_period_ends_before_its_last_day() -> None:
    call(day=date(2026, 3, 1))
    call(day=date(2026, 3, 2))
    assert costs(Period(date(2026, 3, 1), date(2026, 3, 2))).spend.calls == 1


def test_nothing_at_all_is_nothing() -> None:
    told = costs(Period.last(7))
    assert (told.spend, told.savings.share, told.ways.hit_ratio) == (Spend(), None, None)


def test_savings_go_by_what_a_text_cost_in_the_period(session: Session) -> None:
    call(session=session)
    Usage.objects.create(
        day=timezone.localdate(), engine="auto", session=session, texts=100, repeats=7, trivial=10, sure=50, cached=20,
        provided=20,
    )  # fmt: skip
    told = costs(Period.last(1))
    saved = {one.way: one for one in told.savings.ways}
    assert saved["cached"].cost == 20 * Decimal("0.01")
    assert saved["repeats"].cost == 7 * Decimal("0.01")
    assert saved["cached"].is_measured
    assert saved["batched"].calls == 19
    assert saved["batched"].cost == 19 * Decimal(2) * fixed_tokens("llm") / 1_000_000
    assert told.ways.hit_ratio == 0.5


def test_the_same_few_queries_for_a_day_and_for_a_year(
    node: ProviderNode, session: Session, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    costs(Period.last(1))
    for days in (1, 366):
        call(node=node, session=session, day=timezone.localdate() - timedelta(days=days - 1))
        nodes.pool_of("llm")
        with django_assert_num_queries(6):  # two of them are the pool's
            costs(Period.last(days))


class TestASession:
    def test_that_no_engine_of_the_network_was_asked_for_has_no_costs(self, session: Session) -> None:
        assert session_costs(session) is None

    def test_counts_its_own_lines_and_ways(self, session: Session) -> None:
        call(session=session)
        call(session=factories.make_session())
        for run in (1, 2):
            Usage.objects.create(
                day=timezone.localdate(), engine="llm", session=session, run=run, texts=30, cached=5, provided=20,
                fallbacks=5,
            )  # fmt: skip
        comment = factories.add_comment(session)
        factories.make_result(comment, is_fallback=True, fallback_reason="timeout")
        told = session_costs(session)
        assert told is not None
        assert (told.spend.calls, told.ways.cached, told.ways.provided) == (1, 10, 40)
        assert told.provisional == session.results.filter(fallback_reason="timeout").count()

    def test_that_was_all_known_before_is_valued_by_what_others_paid(self, session: Session) -> None:
        call(session=factories.make_session())
        Usage.objects.create(day=timezone.localdate(), engine="llm", session=session, texts=30, cached=30)
        told = session_costs(session)
        assert told is not None
        assert told.spend.cost == 0
        assert told.savings.cost == 30 * Decimal("0.01")


def test_budgets_say_what_is_committed_and_left() -> None:
    Budget.objects.create(scope="day", most=Decimal(5))
    Budget.objects.create(scope="session", most=Decimal(1))
    Spending.objects.create(scope="day", key=ledger.period_key("day"), committed=Decimal(2))
    Spending.objects.create(scope="day", key="2020-01-01", committed=Decimal(9))
    day, month, each = budgets()
    assert (day.scope, day.most, day.committed, day.left, day.used) == ("day", Decimal(5), Decimal(2), Decimal(3), 0.4)
    assert (month.scope, month.most, month.committed, month.left) == ("month", None, Decimal(0), None)
    assert (each.scope, each.most, each.committed, each.left) == ("session", Decimal(1), None, None)


def test_sessions_that_wait_for_money_are_told_from_those_that_people_paused() -> None:
    factories.make_session(state=SessionState.PAUSED)
    waiting = factories.make_session(state=SessionState.PAUSED, pause_reason="budget_day")
    factories.make_session(state=SessionState.PAUSED, pause_reason="no_node")
    assert list(paused_for_money()) == [waiting]


class TestTheCacheOfAnswers:
    @pytest.fixture(autouse=True)
    def _empty(self) -> Iterator[None]:
        kept.forget()
        yield
        kept.forget()

    def test_is_counted_and_weighed(self) -> None:
        kept.keep("llm-1", {f"{n:032x}": Kept({"a": n}, "x", Decimal("0.1")) for n in range(250)})
        kept.keep("remote-2", {"f" * 32: Kept({"a": 1}, "x", Decimal(0))})
        held = stock()
        assert held is not None
        assert (held.entries, held.by_label, held.is_estimate) == (251, {"llm-1": 250, "remote-2": 1}, False)
        assert held.bytes > 251 * 32

    def test_is_forgotten_for_one_engine_or_for_all(self) -> None:
        for label in ("llm-1", "llm-2", "remote-1"):
            kept.keep(label, {"f" * 32: Kept({}, "x", Decimal(0))})
        assert kept.forget("llm-*") == 2
        assert kept.forget() == 1

    def test_is_forgotten_however_much_it_holds(self) -> None:
        kept.keep("llm-1", {f"{n:032x}": Kept({}, "x", Decimal(0)) for n in range(2500)})
        assert kept.forget("llm-1") == 2500

    def test_tells_hits_and_what_they_had_cost(self) -> None:
        before = answers().ever
        kept.keep("llm-1", {"a" * 32: Kept({}, "x", Decimal("0.25"))})
        kept.find("llm-1", ["a" * 32, "b" * 32])
        metrics.flush()
        after = answers().ever
        assert (after.hits - before.hits, after.misses - before.misses) == (1, 1)
        assert after.saved - before.saved == Decimal("0.25")

    def test_says_nothing_of_what_is_held_while_redis_is_away(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.REDIS_CACHE_URL = "redis://127.0.0.1:9/0"
        assert stock() is None
        assert answers().is_live is False
