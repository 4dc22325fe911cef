"""Baselines are learned from enough calls, whatever a few minutes did, and never against a person's will."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perf.alerts import baselines
from perf.alerts.baselines import FEWEST_GROUPS, GROUP_CALLS, usual
from perf.metrics.sketch import Bins, bin_of
from perf.models import Baseline
from tests.perf.alerts.conftest import at, baseline, operation


def minute(dice: random.Random, calls: int, middle: float = 100.0) -> Bins:
    bins: Bins = {}
    for _ in range(calls):
        number = bin_of(middle * dice.lognormvariate(0, 0.3))
        bins[number] = bins.get(number, 0) + 1
    return bins


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_a_fifth_of_the_minutes_may_be_as_bad_as_they_like(seed: int, calls: int) -> None:
    dice = random.Random(seed)
    minutes = [minute(dice, calls) for _ in range(600)]
    for wild in dice.sample(range(30), 6):  # in blocks, as troubles come
        for number in range(wild * 20, wild * 20 + 20):
            minutes[number] = minute(dice, calls, middle=dice.choice([3000.0, 20_000.0]))
    found = usual(minutes)
    assert found is not None
    assert found.p50_ms == pytest.approx(100, rel=0.2)
    assert found.p95_ms == pytest.approx(164, rel=0.3)


@given(st.lists(st.integers(0, 3), max_size=150))
def test_too_few_calls_teach_nothing(calls: list[int]) -> None:
    dice = random.Random(1)
    found = usual([minute(dice, n) for n in calls])
    assert found is None or sum(calls) >= GROUP_CALLS * FEWEST_GROUPS


def test_a_rarely_called_operation_is_learned_from_minutes_together() -> None:
    for number in range(-250, 0):
        operation(number, [100.0])
    assert baselines.learn(at(0)) == 1
    learned = Baseline.objects.get()
    assert learned.p50_ms == pytest.approx(100, rel=0.021)
    assert (learned.calls, learned.minutes) == (240, 250)


def test_minutes_of_the_day_before_yesterday_are_forgotten() -> None:
    for number in range(-60, 0):
        operation(number - 25 * 60, [900.0] * 20)
        operation(number, [100.0] * 20)
    baselines.learn(at(0))
    assert Baseline.objects.get().p95_ms == pytest.approx(100, rel=0.021)


def test_a_frozen_baseline_stays_as_a_person_left_it() -> None:
    kept = baseline(p50_ms=7, p95_ms=9, is_frozen=True)
    for number in range(-60, 0):
        operation(number, [100.0] * 20)
    assert baselines.learn(at(0)) == 0
    kept.refresh_from_db()
    assert (kept.p50_ms, kept.p95_ms) == (7, 9)


def test_an_operation_that_is_hardly_called_keeps_the_baseline_it_has() -> None:
    kept = baseline(p50_ms=7, p95_ms=9)
    operation(-1, [100.0] * 5)
    assert baselines.learn(at(0)) == 0
    kept.refresh_from_db()
    assert kept.p50_ms == 7
