"""Durations as counts by logarithmic bin: small, added bin by bin, and exact to a known share.

Source: DDSketch (Masson, Rim & Lee, VLDB 2019), its mapping of values to bins. Sketches of processes and of minutes
are merged by adding; a percentile of the sum is off by at most ``ACCURACY`` of itself, whatever was merged in
whatever order. Durations are milliseconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import ceil, exp, log

ACCURACY = 0.02
#: What is shorter or longer counts as this: a microsecond, a day.
SHORTEST_MS, LONGEST_MS = 0.001, 86_400_000.0
_LOG_GAMMA = log((1 + ACCURACY) / (1 - ACCURACY))
_SCALE = 1 / _LOG_GAMMA

Bins = dict[int, int]


def bin_of(ms: float) -> int:
    """The bin that a duration falls into."""
    return ceil(log(min(max(ms, SHORTEST_MS), LONGEST_MS)) * _SCALE)


def value_of(number: int) -> float:
    """The duration that stands for a bin: at most ``ACCURACY`` away from each that fell into it."""
    return exp(number * _LOG_GAMMA) * (1 - ACCURACY)


def upper_edge(number: int) -> float:
    """The longest duration that falls into a bin."""
    return exp(number * _LOG_GAMMA)


def percentile(bins: Mapping[int, int], share: float) -> float:
    """The duration that ``share`` (0 to 1) of the calls did not exceed; 0 for a sketch without calls."""
    rank = int(share * (sum(bins.values()) - 1)) + 1
    for number in sorted(bins):
        rank -= bins[number]
        if rank <= 0:
            return value_of(number)
    return 0.0


def merged(sketches: Iterable[Mapping[int, int]]) -> Bins:
    """The sketch of all calls together."""
    whole: Counter[int] = Counter()
    for bins in sketches:
        whole.update(bins)
    return dict(whole)


def from_row(bins: Mapping[str, int]) -> Bins:
    """The sketch of a row: JSON knows no other keys than text."""
    return {int(number): calls for number, calls in bins.items()}
