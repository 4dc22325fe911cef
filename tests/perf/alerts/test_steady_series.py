"""Noise raises no alert: five hundred generated series that stay as they are, however they scatter."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from perf.alerts.baselines import usual
from perf.alerts.judging import Calls, Terms, Usually, above, failing, slower
from perf.metrics.sketch import bin_of, percentile

HOUR = 60
TERMS = Terms(limit=1.5, bad_minutes=3, of_minutes=5, least_calls=20)


def series(seed: int, calls: int, middle: float, scatter: float, tail: float) -> list[Calls]:
    """Two hours of lognormal durations, a share ``tail`` of them ten times as long; the traffic varies too."""
    dice = random.Random(seed)
    minutes = []
    for _ in range(2 * HOUR):
        number = max(1, round(calls * dice.uniform(0.5, 1.5)))
        durations = [
            middle * dice.lognormvariate(0, scatter) * (10 if dice.random() < tail else 1) for _ in range(number)
        ]
        bins = Counter(bin_of(ms) for ms in durations)
        minutes.append(Calls(number, 0, percentile(bins, 0.5), percentile(bins, 0.95), bins))
    return minutes


@settings(max_examples=500, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(2, 30),
    st.floats(0.1, 30_000),
    st.floats(0.0, 0.8),
    st.floats(0.0, 0.04),
)
def test_a_steady_operation_raises_no_alert(seed: int, calls: int, middle: float, scatter: float, tail: float) -> None:
    minutes = series(seed, calls, middle, scatter, tail)
    learned = usual([minute.bins for minute in minutes[:HOUR]])
    if learned is None:
        return
    base = Usually(learned.p50_ms, learned.p95_ms)
    for end in range(HOUR + 5, 2 * HOUR + 1):
        assert not slower(minutes[end - 5 : end], base, TERMS).is_bad


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.floats(2.0, 10.0))
def test_the_same_series_slowed_twice_or_more_always_does(seed: int, factor: float) -> None:
    minutes = series(seed, 15, 100.0, 0.3, 0.0)
    learned = usual([minute.bins for minute in minutes[:HOUR]])
    assert learned is not None
    base = Usually(learned.p50_ms, learned.p95_ms)
    slowed = series(seed + 1, 15, 100.0 * factor, 0.3, 0.0)
    assert any(slower(slowed[end - 5 : end], base, TERMS).is_bad for end in range(5, HOUR))


@given(st.lists(st.floats(0, 1), min_size=5, max_size=5), st.floats(0.1, 0.9))
def test_nothing_is_bad_and_well_at_once(means: list[float], limit: float) -> None:
    judged = above(means, Terms(limit, 3, 5))
    assert not (judged.is_bad and judged.is_well)


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50)), max_size=5))
def test_a_share_of_failures_is_judged_by_enough_calls(minutes: list[tuple[int, int]]) -> None:
    seen = [Calls(calls, min(calls, errors), 1, 1, {}) for calls, errors in minutes]
    judged = failing(seen, Terms(0.05, 3, 5, least_calls=20))
    assert not (judged.is_bad and judged.is_well)
    if judged.is_bad:
        assert sum(minute.calls for minute in seen) >= 20
        assert judged.evidence["errors"] > 0.05 * 20
