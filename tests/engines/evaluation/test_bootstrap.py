"""Intervals are repeatable, hold the figure, and narrow with more data."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, nan

from analysis.engines.evaluation.bootstrap import interval


def share(sample: Sequence[int]) -> float:
    return sum(sample) / len(sample)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    sample = [0, 1, 1, 0, 1] * 20
    assert interval(share, sample, seed=1, resamples=200) == interval(share, sample, seed=1, resamples=200)
    assert interval(share, sample, seed=1, resamples=200) != interval(share, sample, seed=2, resamples=200)


def test_an_interval_of_a_share_is_close_to_the_normal_approximation() -> None:
    low, high = interval(share, [0, 1] * 200, seed=1, resamples=2000)
    # .5 +- 1.96 * sqrt(.25 / 400) = .451 .. .549
    assert abs(low - 0.451) < 0.01
    assert abs(high - 0.549) < 0.01


def test_bounds_are_the_percentiles_of_the_resampled_values() -> None:
    values = iter([float(value) for value in range(41)])
    assert interval(lambda _: next(values), [0], seed=1, resamples=41) == (1.0, 39.0)


def test_a_sample_without_spread_has_an_interval_of_one_point() -> None:
    assert interval(share, [1, 1, 1], seed=1, resamples=50) == (1, 1)


def test_resamples_without_a_value_are_left_out() -> None:
    low, high = interval(lambda drawn: share(drawn) if any(drawn) else nan, [0, 1], seed=1, resamples=100)
    assert (low, high) == (0.5, 1.0)


def test_nothing_measured_at_all_is_no_number() -> None:
    assert all(isnan(bound) for bound in interval(lambda _: nan, [1], seed=1, resamples=5))
