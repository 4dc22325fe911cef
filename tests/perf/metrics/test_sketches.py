"""Sketches of durations: merging is adding, and percentiles are right to the promised share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf.metrics.sketch import (
    ACCURACY,
    LONGEST_MS,
    SHORTEST_MS,
    bin_of,
    from_row,
    merged,
    percentile,
    upper_edge,
    value_of,
)

durations = st.floats(SHORTEST_MS, LONGEST_MS)
some = st.lists(durations, min_size=1, max_size=200)


def sketch(values: Iterable[float]) -> Counter[int]:
    return Counter(bin_of(value) for value in values)


@given(durations)
def test_a_bin_stands_for_what_is_in_it(value: float) -> None:
    number = bin_of(value)
    assert abs(value_of(number) - value) <= ACCURACY * value * (1 + 1e-9)
    assert upper_edge(number - 1) <= value * (1 + 1e-9)
    assert value <= upper_edge(number) * (1 + 1e-9)


@given(some, st.floats(0, 1))
def test_a_percentile_is_within_the_promised_share_of_the_true_one(values: list[float], share: float) -> None:
    true = sorted(values)[int(share * (len(values) - 1))]
    assert abs(percentile(sketch(values), share) - true) <= ACCURACY * true * (1 + 1e-9)


@given(st.lists(some, max_size=6))
def test_sketches_merged_are_the_sketch_of_all_together(parts: list[list[float]]) -> None:
    assert merged(map(sketch, parts)) == dict(sketch(value for part in parts for value in part))


@given(st.lists(some, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_merging_changes_nothing(parts: list[list[float]], dice: object) -> None:
    shuffled = list(parts)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merged(map(sketch, parts)) == merged(map(sketch, shuffled))


@pytest.mark.parametrize(("value", "counted_as"), [(0.0, SHORTEST_MS), (-5.0, SHORTEST_MS), (1e12, LONGEST_MS)])
def test_what_is_too_short_or_too_long_goes_to_the_ends(value: float, counted_as: float) -> None:
    assert bin_of(value) == bin_of(counted_as)


def test_a_sketch_without_calls_has_no_duration() -> None:
    assert percentile({}, 0.5) == 0.0


def test_the_sketch_of_a_row_has_numbers_again() -> None:
    assert from_row({"-3": 2, "40": 1}) == {-3: 2, 40: 1}
