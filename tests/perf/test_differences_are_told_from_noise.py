"""Equal runs say that they are equal, a slowdown is found, and what moved the whole machine is not blamed on it.

The noise of the simulations is that of a shared machine: values scatter by 5 %, one in ten takes up to 80 % longer,
and each run as a whole is off by a few per cent.
"""

from __future__ import annotations

import math
import random
from functools import partial
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf.benchmarks.pairs import Turns, improvement, paired
from perf.benchmarks.registry import Better, Figure
from perf.benchmarks.statistics import ENOUGH_HISTORY, Summary, compare, drift, interval, spread_between, summarise

SCATTER, OUTLIERS = 0.05, 0.10
SIMULATIONS = 1000


def measured(rng: random.Random, usual: float, *, between: float, times: int = 5) -> Summary:
    """A run of something that takes ``usual`` milliseconds."""
    usual *= math.exp(rng.gauss(0, between))
    values = [
        usual * math.exp(rng.gauss(0, SCATTER)) * (1 + (rng.random() < OUTLIERS) * rng.uniform(0.2, 0.8))
        for _ in range(times)
    ]
    return summarise(values, "ms", Better.LOWER)


def share_found(slowdown: float, *, between: float, history: int, times: int = 5) -> float:
    """In which share of pairs of runs a difference was said, the second one being slower by that factor."""
    rng, found = random.Random(7), 0
    for _ in range(SIMULATIONS):
        earlier = [measured(rng, 100, between=between, times=times) for _ in range(history + 1)]
        after = measured(rng, 100 * slowdown, between=between, times=times)
        medians = [each.median for each in earlier]
        found += compare(earlier[-1].as_json(), after, history=medians) is not None
    return found / SIMULATIONS


@pytest.mark.parametrize("times", [3, 5, 10])
@pytest.mark.parametrize("history", [0, 8])
def test_of_a_thousand_pairs_of_equal_runs_at_most_one_in_twenty_is_said_to_differ(times: int, history: int) -> None:
    assert share_found(1.0, between=0.03, history=history, times=times) <= 0.05


@pytest.mark.parametrize("times", [5, 10])
@pytest.mark.parametrize("history", [0, 8])
def test_a_slowdown_to_one_and_a_half_is_found_in_nineteen_of_twenty_pairs(times: int, history: int) -> None:
    assert share_found(1.5, between=0.03, history=history, times=times) >= 0.95


def test_on_a_restless_machine_the_runs_before_keep_equal_ones_from_being_told_apart() -> None:
    assert share_found(1.0, between=0.08, history=8) <= 0.05


def test_a_real_change_among_the_runs_before_does_not_widen_the_band() -> None:
    assert spread_between([100, 101, 100, 150, 151, 150, 151]) < 2


def test_too_few_runs_before_say_nothing_and_the_usual_spread_is_believed() -> None:
    assert spread_between([100.0] * (ENOUGH_HISTORY - 1)) == pytest.approx(4)
    assert spread_between([100.0] * ENOUGH_HISTORY) == 0


def test_what_slowed_the_whole_machine_is_not_blamed_on_the_product() -> None:
    before = summarise([100, 101, 99, 100, 100], "ms", Better.LOWER)
    after = summarise([140, 141, 139, 140, 140], "ms", Better.LOWER)
    assert compare(before.as_json(), after) is not None
    assert compare(before.as_json(), after, spin=1.4) is None


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=20))
def test_the_interval_of_the_median_holds_it_and_lies_within_the_values(values: list[float]) -> None:
    low, high = interval(values)
    assert min(values) <= low <= median(values) <= high <= max(values)


def test_values_that_rise_steadily_are_said_to_drift_and_scattered_ones_are_not() -> None:
    assert drift([100, 104, 108, 112, 116, 120]) == pytest.approx(20 / 110)
    assert drift([120, 110, 105, 100, 90]) < -0.2
    assert drift([100, 120, 95, 118, 101, 99]) == 0
    assert drift([100, 100.1, 100.2, 100.3, 100.4]) == 0
    assert drift([1, 2, 3]) == 0


def test_variants_are_measured_in_turns_and_told_by_name() -> None:
    order: list[str] = []
    turns = Turns()

    def measure(name: str) -> str:
        order.append(name)
        return name

    for _ in range(3):
        assert turns.round({name: partial(measure, name) for name in "ab"}) == {"a": "a", "b": "b"}
    assert "".join(order) == "abbaab"


@given(st.floats(0.01, 1e6), st.floats(0.01, 1e6))
def test_a_rate_that_doubles_gains_as_much_as_a_time_that_halves(off: float, on: float) -> None:
    assert improvement(off, on, Better.LOWER) == pytest.approx(improvement(1 / off, 1 / on, Better.HIGHER))
    assert improvement(off, off, Better.LOWER) == 0


def test_a_pair_tells_both_sides_and_holds_the_gain_against_its_target() -> None:
    figures = paired("pool", Figure(200, "ms", Better.LOWER), Figure(50, "ms", Better.LOWER), target=60)
    assert figures["pool, off"].value == 200
    assert (figures["pool: improvement"].value, figures["pool: improvement"].target) == (75, 60)
