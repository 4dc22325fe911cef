"""Row numbers are remembered in little memory, and as exactly as a set remembers them."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from analysis.intake.reading import RowNumbers

NUMBERS = st.integers(min_value=0, max_value=2**31 - 1) | st.integers(min_value=65_530, max_value=65_545)


@given(added=st.sets(NUMBERS, max_size=50), asked=st.sets(NUMBERS, max_size=50))
def test_a_number_is_known_when_it_was_added_and_only_then(added: set[int], asked: set[int]) -> None:
    seen = RowNumbers()
    for number in added:
        seen.add(number)
    assert {number for number in asked | added if number in seen} == added


def test_two_hundred_thousand_rows_in_order_take_less_than_a_hundred_kilobytes() -> None:
    seen = RowNumbers()
    tracemalloc.start()
    for number in range(200_000):
        seen.add(number)
    taken, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 100_000
