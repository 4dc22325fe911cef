"""History is what the minutes add up to: sums by bucket, and the percentiles of all calls together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import quantiles

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from perf.history import PERIODS, Period, counters, gauges, last, latency, operation_names, operations
from perf.metrics.sketch import ACCURACY
from perf.models import OperationMinute
from tests.perf.minutes import clocked, counted, gauged

NOW = datetime(2026, 11, 28, 14, 37, 42, tzinfo=UTC)
HOUR = last("1h", NOW)


def at(minutes_ago: int) -> datetime:
    return NOW.replace(second=0) - timedelta(minutes=minutes_ago)


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [("1h", "2026-11-28 13:37", "2026-11-28 14:37"), ("24h", "2026-11-27 14:45", "2026-11-28 14:45"),
     ("7d", "2026-11-21 16:00", "2026-11-28 16:00")],
)  # fmt: skip
def test_a_period_begins_and_ends_at_round_times(name: str, start: str, end: str) -> None:
    period = last(name, NOW)
    assert (f"{period.start:%Y-%m-%d %H:%M}", f"{period.end:%Y-%m-%d %H:%M}") == (start, end)
    assert len(period.moments) == period.buckets == PERIODS[name][0]


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.sampled_from(sorted(PERIODS)))  # noqa: DTZ001
def test_every_moment_of_a_period_falls_into_one_bucket(naive: datetime, name: str) -> None:
    period = last(name, naive.replace(tzinfo=UTC))
    for number, begin in enumerate(period.moments):
        assert period.bucket_of(begin) == number
        assert period.bucket_of(begin + period.bucket - timedelta(microseconds=1)) == number
    assert period.bucket_of(period.end) is None
    assert period.bucket_of(period.start - timedelta(microseconds=1)) is None


def test_a_rate_counts_only_the_minutes_that_are_over() -> None:
    period = last("24h", NOW)
    assert period.minutes_of(0) == 15
    assert period.minutes_of(period.buckets - 1) == pytest.approx(7.7)


@pytest.mark.django_db
class TestLatency:
    def test_of_all_requests_is_that_of_all_calls_together(self) -> None:
        fast, slow = [10.0 + n / 10 for n in range(90)], [500.0 + n for n in range(10)]
        clocked("web.home.get", fast, at(3))
        clocked("web.api:analyze.post", slow, at(3), errors=2)
        clocked("provider.call", [9000.0], at(3))
        [seen] = [one for one in latency(HOUR, "web.") if one.calls]
        assert (seen.calls, seen.errors) == (100, 2)
        cuts = quantiles(fast + slow, n=100, method="inclusive")
        assert seen.p50_ms == pytest.approx(cuts[49], rel=2 * ACCURACY)
        assert seen.p95_ms == pytest.approx(cuts[94], rel=2 * ACCURACY)
        assert seen.p99_ms == pytest.approx(cuts[98], rel=2 * ACCURACY)

    def test_of_one_operation_is_its_own(self) -> None:
        clocked("provider.call", [100.0], at(1))
        clocked("provider.call.more", [900.0], at(1))
        seen = latency(HOUR, "provider.call")
        assert [one.calls for one in seen] == [0] * 59 + [1]
        assert seen[-1].p99_ms == pytest.approx(100, rel=ACCURACY)
        assert seen[0].p50_ms is None

    def test_of_wider_buckets_joins_their_minutes(self) -> None:
        period = last("24h", NOW)
        for ago in (8, 9, 10):  # 14:27 to 14:29; the last bucket begins at 14:30
            clocked("x", [float(ago)], at(ago))
        assert [one.calls for one in latency(period, "x")][-2:] == [3, 0]

    def test_leaves_out_what_is_not_of_the_period(self) -> None:
        clocked("x", [1.0], at(61))
        clocked("x", [1.0], at(0))
        assert sum(one.calls for one in latency(HOUR, "x")) == 0

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.lists(st.floats(0.01, 10_000), min_size=1, max_size=30), min_size=1, max_size=8))
    def test_does_not_depend_on_how_calls_fell_into_minutes(self, minutes: list[list[float]]) -> None:
        OperationMinute.objects.all().delete()
        period = last("7d", NOW)
        for number, durations in enumerate(minutes):
            clocked("x", durations, period.start + timedelta(minutes=number))
        clocked("y", [one for durations in minutes for one in durations], period.start)
        assert latency(period, "x") == latency(period, "y")


@pytest.mark.django_db
def test_operations_come_by_the_time_they_took(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    clocked("often", [10.0] * 50, at(2))
    clocked("often", [10.0] * 50, at(5))
    clocked("slow", [800.0], at(2), errors=1)
    with django_assert_num_queries(2):
        first, second = operations(HOUR)
    assert (first.name, first.calls, first.errors, first.total_ms) == ("often", 100, 0, 1000)
    assert (second.name, second.calls, second.errors) == ("slow", 1, 1)
    assert second.p99_ms == pytest.approx(800, rel=ACCURACY)
    assert operations(HOUR, most=1) == [first]
    assert operation_names(HOUR) == ["often", "slow"]


@pytest.mark.django_db
def test_counters_are_sums_and_gauges_are_weighed_by_their_samples() -> None:
    period = last("24h", NOW)
    begin = period.moments[-2]
    counted("cache.x.hits", 3, begin)
    counted("cache.x.hits", 4, begin + timedelta(minutes=1))
    counted("other", 1, begin)
    gauged("machine.cpu", 0.2, begin, samples=10)
    gauged("machine.cpu", 0.8, begin + timedelta(minutes=1), samples=30, high=0.95)
    assert counters(period, ["cache."]) == {"cache.x.hits": [0] * (period.buckets - 2) + [7, 0]}
    assert counters(period, [""]).keys() == {"cache.x.hits", "other"}
    [level] = [one for one in gauges(period, ["machine.cpu"])["machine.cpu"] if one is not None]
    assert level.mean == pytest.approx(0.65)
    assert level.high == 0.95
    assert gauges(period, ["nothing"]) == {}


@pytest.mark.django_db
def test_a_week_of_minutes_is_read_by_their_index(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    period: Period = last("7d", NOW)
    clocked("x", [1.0], period.start)
    for read in (lambda: latency(period), lambda: operations(period)):
        with django_assert_num_queries(2):
            read()
