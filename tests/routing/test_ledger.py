"""No budget is ever overdrawn, and what was spent is what the lines of the ledger say."""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from unittest import mock

import pytest
from django.db.models import F
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.models import Budget, CallState, ProviderCall, Spending
from analysis.routing import ledger
from analysis.routing.ledger import NOBODY, OverBudget, Payer, Planned, Price
from tests import factories
from tests.threads import at_once

CENT = Decimal("0.01")
DAYS = [date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 2)]


def call(most: Decimal = CENT) -> Planned:
    return Planned(None, "llm", "m", 3, most)


def spent_by_period() -> dict[tuple[str, str], Decimal]:
    """What the lines of the ledger cost, by period."""
    sums: Counter[tuple[str, str]] = Counter()
    for line in ProviderCall.objects.all():
        periods = [("day", line.day.isoformat()), ("month", f"{line.day:%Y-%m}")]
        if line.session_key:
            periods.append(("session", line.session_key))
        for period in periods:
            sums[period] += line.cost  # type: ignore[assignment]
    return {period: Decimal(total) for period, total in sums.items() if total}


def committed() -> dict[tuple[str, str], Decimal]:
    return {(row.scope, row.key): row.committed for row in Spending.objects.all() if row.committed}


@pytest.fixture
def payer(db: None) -> Payer:
    return Payer(factories.make_session().pk)


@pytest.mark.django_db
class TestALine:
    def test_counts_as_promised_until_it_is_settled(self, payer: Payer) -> None:
        line = ledger.reserve(call(), payer)
        assert {scope for scope, _key in committed()} == {"day", "month", "session"}
        assert set(committed().values()) == {CENT}
        ledger.settle(line, tokens_in=5, tokens_out=7, cost=Decimal("0.004"))
        assert set(committed().values()) == {Decimal("0.004")}
        row = ProviderCall.objects.get()
        assert (row.state, row.tokens_in, row.tokens_out, row.items) == ("settled", 5, 7, 3)
        assert (row.reserved, row.cost) == (CENT, Decimal("0.004"))
        assert row.settled_at is not None

    def test_that_was_not_billed_costs_nothing(self, payer: Payer) -> None:
        ledger.release(ledger.reserve(call(), payer), "rate_limited")
        assert committed() == {}
        row = ProviderCall.objects.get()
        assert (row.state, row.cost, row.trouble) == ("released", Decimal(0), "rate_limited")

    def test_that_nobody_knows_of_costs_what_was_promised(self, payer: Payer) -> None:
        ledger.assume(ledger.reserve(call(), payer), "timeout")
        assert set(committed().values()) == {CENT}
        assert ProviderCall.objects.get().state == "assumed"

    def test_that_was_assumed_is_settled_when_the_bill_comes_after_all(self, payer: Payer) -> None:
        line = ledger.reserve(call(), payer)
        ledger.assume(line, "timeout")
        ledger.settle(line, tokens_in=1, tokens_out=1, cost=Decimal("0.002"))
        assert set(committed().values()) == {Decimal("0.002")}

    def test_is_closed_once(self, payer: Payer) -> None:
        line = ledger.reserve(call(), payer)
        ledger.settle(line, tokens_in=1, tokens_out=1, cost=Decimal("0.002"))
        ledger.release(line, "late")
        ledger.settle(line, tokens_in=9, tokens_out=9, cost=Decimal("0.009"))
        assert set(committed().values()) == {Decimal("0.002")}
        assert ProviderCall.objects.get().tokens_in == 1

    def test_without_a_price_needs_no_budget(self, payer: Payer) -> None:
        Budget.objects.create(scope="day", most=0)
        ledger.reserve(call(Decimal(0)), payer)
        assert not Spending.objects.exists()
        assert ProviderCall.objects.count() == 1


@pytest.mark.django_db
class TestABudget:
    @pytest.mark.parametrize("scope", ["day", "month", "session"])
    def test_is_used_up_to_the_last_cent_and_names_itself(self, payer: Payer, scope: str) -> None:
        Budget.objects.create(scope=scope, most=3 * CENT)
        for _ in range(3):
            ledger.reserve(call(), payer)
        before = committed()
        with pytest.raises(OverBudget) as caught:
            ledger.reserve(call(Decimal("0.00000001")), payer)
        assert caught.value.scope == scope
        assert committed() == before
        assert ProviderCall.objects.count() == 3

    def test_of_sessions_gives_way_to_the_limit_of_the_session(self, payer: Payer) -> None:
        Budget.objects.create(scope="session", most=2 * CENT)
        generous, strict = (Payer(factories.make_session().pk, limit) for limit in (5 * CENT, CENT))
        for account, calls in ((payer, 2), (generous, 5), (strict, 1)):
            for _ in range(calls):
                ledger.reserve(call(), account)
            with pytest.raises(OverBudget, match="session"):
                ledger.reserve(call(), account)
        assert ledger.left(strict)["session"] == 0
        assert ledger.left(NOBODY)["session"] == 2 * CENT

    def test_says_what_is_left_for_the_current_day_and_month(self, payer: Payer) -> None:
        for scope, most in (("day", 3), ("month", 9)):
            Budget.objects.create(scope=scope, most=most * CENT)
        ledger.reserve(call(), payer)
        assert ledger.left(payer) == {"day": 2 * CENT, "month": 8 * CENT}

    def test_of_sessions_is_not_for_requests_without_one(self) -> None:
        Budget.objects.create(scope="session", most=0)
        ledger.reserve(call(), NOBODY)
        assert {scope for scope, _key in committed()} == {"day", "month"}

    def test_begins_anew_at_midnight_in_asuncion(self, payer: Payer) -> None:
        Budget.objects.create(scope="day", most=CENT)
        midnight = datetime(2026, 12, 1, tzinfo=timezone.get_default_timezone()).astimezone(UTC)
        assert str(timezone.get_default_timezone()) == "America/Asuncion"
        assert midnight.hour != 0
        with mock.patch.object(timezone, "now", return_value=midnight - timedelta(seconds=1)):
            evening = ledger.reserve(call(), payer)
            with pytest.raises(OverBudget, match="day"):
                ledger.reserve(call(), payer)
        with mock.patch.object(timezone, "now", return_value=midnight):
            ledger.reserve(call(), payer)
            with pytest.raises(OverBudget, match="day"):
                ledger.reserve(call(), payer)
            ledger.release(evening, "unreachable")  # of the day before: today has nothing of it
            with pytest.raises(OverBudget, match="day"):
                ledger.reserve(call(), payer)
        assert committed() == spent_by_period()
        assert {key for scope, key in committed() if scope == "month"} == {"2026-12"}


@pytest.mark.django_db(transaction=True)
class TestEightThreadsAtTheEdge:
    @pytest.fixture
    def account(self) -> Payer:
        return Payer(factories.make_session().pk)

    @pytest.mark.parametrize("scope", ["day", "month", "session"])
    def test_commit_the_cap_and_not_a_call_more(self, account: Payer, scope: str) -> None:
        Budget.objects.create(scope=scope, most=21 * CENT)

        def spend(_place: int) -> int:
            return sum(reserved(call(), account) for _ in range(5))

        assert sum(at_once(8, spend)) == 21 == ProviderCall.objects.count()
        assert Spending.objects.get(scope=scope).committed == 21 * CENT
        assert committed() == spent_by_period()

    def test_never_see_more_than_the_cap_while_calls_are_settled(self, account: Payer) -> None:
        cap = 10 * CENT
        Budget.objects.create(scope="day", most=cap)

        def spend(place: int) -> list[Decimal]:
            draw, seen = random.Random(place), []
            for _ in range(15):
                try:
                    line = ledger.reserve(call(draw.randint(1, 4) * CENT), account)
                except OverBudget:
                    continue
                seen.append(ledger.spent("day"))
                if draw.random() < 0.5:
                    ledger.release(line, "unreachable")
                elif draw.random() < 0.8:
                    ledger.settle(line, tokens_in=1, tokens_out=1, cost=CENT / 2)
                else:
                    ledger.assume(line, "timeout")
                seen.append(ledger.spent("day"))
            return seen

        seen = [one for each in at_once(8, spend) for one in each]
        assert 0 <= min(seen) <= max(seen) <= cap
        assert committed() == spent_by_period()

    def test_close_a_line_once_whoever_is_first(self, account: Payer) -> None:
        lines = [ledger.reserve(call(), account) for _ in range(12)]

        def close(place: int) -> None:
            for line in lines:
                ledger.settle(line, tokens_in=place, tokens_out=1, cost=CENT / (place + 2))

        at_once(8, close)
        assert committed() == spent_by_period()

    def test_keep_to_a_cap_that_was_lowered_meanwhile(self, account: Payer) -> None:
        Budget.objects.create(scope="day", most=1_000 * CENT)
        lowered, some = threading.Event(), threading.Semaphore(0)
        after: list[bool] = []

        def spend(place: int) -> None:
            if place == 8:
                for _ in range(20):
                    assert some.acquire(timeout=60)
                Budget.objects.update(most=5 * CENT)
                lowered.set()
                return
            late = 0
            while late < 3:
                was_lowered = lowered.is_set()
                granted = reserved(call(), account)
                some.release()
                if was_lowered:
                    after.append(granted)
                    late += 1

        at_once(9, spend)
        assert after == [False] * 24
        assert committed() == spent_by_period()


def reserved(planned: Planned, payer: Payer) -> bool:
    try:
        ledger.reserve(planned, payer)
    except OverBudget:
        return False
    return True


@pytest.mark.django_db
def test_calls_whose_process_died_are_assumed_to_have_cost_what_was_promised(payer: Payer) -> None:
    lost, young, billed = (ledger.reserve(call(), payer) for _ in range(3))
    ledger.settle(billed, tokens_in=1, tokens_out=1, cost=CENT)
    long_ago = ProviderCall.objects.filter(pk__in=[lost, billed])
    long_ago.update(created_at=F("created_at") - timedelta(seconds=901))
    assert ledger.assume_lost() == 1
    assert ledger.assume_lost() == 0
    states = dict(ProviderCall.objects.values_list("pk", "state"))
    assert states == {lost: CallState.ASSUMED, young: CallState.RESERVED, billed: CallState.SETTLED}
    assert ProviderCall.objects.get(pk=lost).trouble == "lost"
    assert committed() == spent_by_period()
    ledger.settle(lost, tokens_in=2, tokens_out=2, cost=CENT / 4)  # it was only slow
    assert committed() == spent_by_period()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("reserve"), st.integers(0, 3), st.integers(0, 2), st.integers(0, 900)),
        st.tuples(st.sampled_from(["settle", "release", "assume"]), st.integers(0, 30), st.just(0),
                  st.integers(0, 100)),
        st.tuples(st.just("lost"), st.just(0), st.just(0), st.just(0)),
    ),
    max_size=25,
)  # fmt: skip


@pytest.fixture
def accounts(db: None) -> list[Payer]:
    sessions = [factories.make_session().pk for _ in range(3)]
    return [NOBODY, Payer(sessions[0]), Payer(sessions[1]), Payer(sessions[2], Decimal("0.001"))]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, caps=st.fixed_dictionaries({}, optional={s: st.integers(0, 3000) for s in ("day", "month")}))
def test_whatever_happens_a_period_has_spent_what_its_calls_cost(
    accounts: list[Payer], steps: list[tuple[str, int, int, int]], caps: dict[str, int]
) -> None:
    for table in (ProviderCall, Spending, Budget):
        table.objects.all().delete()
    for scope, most in caps.items():
        Budget.objects.create(scope=scope, most=Decimal(most).scaleb(-6))
    lines: list[tuple[uuid.UUID, Decimal]] = []
    for step, which, day, amount in steps:
        take_step(step, accounts, lines, which, DAYS[day], amount)
        assert committed() == spent_by_period()
        for (scope, _key), total in committed().items():
            assert 0 <= total <= (Decimal(caps[scope]).scaleb(-6) if scope in caps else Decimal("Infinity"))
    assert Spending.objects.filter(key=str(accounts[3].session_id), committed__gt="0.001").count() == 0


def take_step(
    step: str, accounts: list[Payer], lines: list[tuple[uuid.UUID, Decimal]], which: int, day: date, amount: int
) -> None:
    if step == "reserve":
        most = Decimal(amount).scaleb(-6)
        with mock.patch.object(timezone, "localdate", return_value=day):
            try:
                lines.append((ledger.reserve(call(most), accounts[which]), most))
            except OverBudget:
                return
    elif step == "lost":
        ledger.assume_lost(0)
    elif which < len(lines):
        line, most = lines[which]
        if step == "settle":
            ledger.settle(line, tokens_in=1, tokens_out=1, cost=(most * amount / 100).quantize(Decimal("1e-8")))
        elif step == "release":
            ledger.release(line, "server")
        else:
            ledger.assume(line, "timeout")


def test_a_price_is_rounded_up() -> None:
    assert Price(Decimal(2), Decimal(8)).of(1, 1) == Decimal("0.00001")
    assert Price(Decimal("0.001"), Decimal(0)).of(1, 0) == Decimal("0.00000001")
    assert Price().of(10**6, 10**6) == 0
