"""What costs time beyond what is usual comes out in its class, the greatest loss first, with how it changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf.analytics import Kind, OperationClass, Severity, Trend, bottlenecks, period_of, where_time_went
from perf.analytics.classes import class_of
from perf.analytics.history import Usual, Work
from perf.analytics.rules import lost_ms
from tests.perf.analytics.measures import measure, show, usually

HOUR = period_of("1h")


def test_one_of_each_class_comes_out_in_its_class_and_in_order(db: None) -> None:
    usually("web.home.GET", 100)
    measure("web.home.GET", 400, calls=20)  # 300 ms x 1,200 calls: 360 s lost
    usually("provider.call", 500)
    measure("provider.call", 1_000, calls=4)  # 500 ms x 240 calls: 120 s
    measure("web.session.GET", 50, calls=100)  # work, of which one half runs while the processor is full
    show("machine.cpu", 0.96, minutes=range(30))  # 1 - 0.8 / 0.96 of 390 s: 65 s
    show("machine.memory", 0.5)

    found = bottlenecks(HOUR)

    assert [(each.kind, each.subject) for each in found] == [
        (Kind.SLOW, "web.home.GET"),
        (Kind.EXTERNAL, "provider.call"),
        (Kind.RESOURCE, "machine.cpu"),
    ]
    assert [each.severity for each in found] == [Severity.HIGH, Severity.HIGH, Severity.MEDIUM]
    assert [each.lost_seconds for each in found] == pytest.approx([360, 120, 65], rel=0.01)
    assert found[0].calls == 1200
    assert found[0].share == pytest.approx(480 / 780)
    assert found[2].minutes == 30


def test_what_is_as_usual_or_hardly_ever_called_is_no_bottleneck(db: None) -> None:
    usually("web.home.GET", 400)
    measure("web.home.GET", 410)
    usually("web.rare.GET", 1)
    measure("web.rare.GET", 60_000, calls=1, minutes=range(4))
    measure("web.new.GET", 900)
    assert bottlenecks(HOUR) == []


def test_before_a_baseline_is_learned_the_target_of_its_class_counts(db: None) -> None:
    measure("web.new.GET", 1_500, calls=10)
    (found,) = bottlenecks(HOUR)
    assert found.usual is None
    assert found.lost_seconds == pytest.approx(0.5 * 600)


def test_calls_to_others_that_fail_are_lost_as_a_whole(db: None) -> None:
    usually("provider.call", 500)
    measure("provider.call", 500, calls=10, errors=5)
    (found,) = bottlenecks(HOUR)
    assert found.errors == 300
    assert found.lost_seconds == pytest.approx(150)


@pytest.mark.parametrize(
    ("before_ms", "trend"), [(250, Trend.UP), (700, Trend.DOWN), (395, Trend.STEADY), (100, Trend.NEW), (0, None)]
)
def test_the_trend_compares_with_the_period_before(db: None, before_ms: float, trend: Trend | None) -> None:
    usually("web.home.GET", 100)
    measure("web.home.GET", 400)
    if before_ms:
        measure("web.home.GET", before_ms, minutes=range(60, 120))
    (found,) = bottlenecks(HOUR)
    assert found.trend is trend


@pytest.mark.parametrize("code", ["15m", "1h", "24h", "7d"])
def test_each_period_reads_its_own_minutes_and_none_twice(db: None, code: str) -> None:
    period = period_of(code)
    usually("web.home.GET", 100)
    measure("web.home.GET", 2_000, minutes=range(0, period.minutes, max(1, period.minutes // 60)))
    measure("web.home.GET", 9_000, minutes=range(2 * period.minutes, 2 * period.minutes + 5))
    (found,) = bottlenecks(period)
    minutes = len(range(0, period.minutes, max(1, period.minutes // 60)))
    assert found.calls == minutes * 60
    assert found.before_an_hour is None
    assert len(found.course) == period.slices


def test_time_goes_where_the_shares_say(db: None) -> None:
    measure("web.home.GET", 30)
    measure("job.drain", 10)
    measure("analysis.engine", 9)
    first, second = where_time_went(HOUR)
    assert (first.operation, second.operation) == ("web.home.GET", "job.drain")
    assert (first.share, second.share) == pytest.approx((0.75, 0.25))


def test_a_job_says_what_it_spent_its_time_in(db: None) -> None:
    usually("job.drain", 1_000)
    measure("job.drain", 5_000, calls=1)
    measure("provider.call", 1_000, calls=4)
    (found,) = bottlenecks(HOUR)
    assert dict(found.parts) == pytest.approx({"provider.call": 0.8})


def test_an_operation_belongs_to_the_class_with_the_longest_prefix_that_fits() -> None:
    assert class_of("web.home.GET").prefix == "web."
    assert class_of("provider.call").kind is Kind.EXTERNAL
    assert class_of("something.else").prefix == ""


_WORKS = st.lists(
    st.builds(
        lambda calls, p50, more: Work(calls, 0, calls * (p50 + more), calls * p50, calls * (p50 + more), p50 + more),
        st.integers(1, 1000),
        st.floats(0, 1e5),
        st.floats(0, 1e5),
    ),
    max_size=8,
)


@given(_WORKS, st.one_of(st.none(), st.builds(Usual, st.floats(0, 1e5), st.floats(0, 1e5))))
def test_time_lost_is_never_less_than_nothing_nor_more_than_all(works: list[Work], usual: Usual | None) -> None:
    about = OperationClass("x.", Kind.SLOW, "x", "", target_ms=100)
    assert 0 <= lost_ms(works, usual, about) <= sum(work.total_ms for work in works)
