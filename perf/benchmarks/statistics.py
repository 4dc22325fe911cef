"""The median of repeated measurements, the noise around it, and whether two runs differ.

Two things make equal runs differ. Within a run values scatter: told by their median absolute deviation, scaled to a
standard deviation and corrected for few values, of which the median has 1.2533 / sqrt(n). Between runs everything
moves together (another layout in memory, a neighbour on the machine): told by how much the medians of earlier runs
moved from one to the next, and by a piece of work that is always the same and is timed beside every run.

Sources: Rousseeuw & Croux 1993 (deviation), Croux & Rousseeuw 1992 (few values), Efron 1979 (bootstrap),
Kendall 1938 (drift); the moving range is that of control charts (Shewhart).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations, pairwise
from statistics import median
from typing import Any

from perf.benchmarks.registry import Better, Figure

_MAD_TO_SIGMA = 1.4826
#: By how much the deviation of so few values is too small, on average.
_FEW = {3: 1.495, 4: 1.363, 5: 1.206, 6: 1.200, 7: 1.140, 8: 1.129, 9: 1.107}
_OF_A_MEDIAN = 1.2533
_RANGE_TO_SIGMA = 1 / 0.954  # of the median distance between two values that follow each other
_SIGMAS = 2.5
#: No difference below this is believed on a shared machine, however steady the values of one run are.
LEAST_NOISE = 0.05
LEAST_CHANGE = 0.10
#: How much values scatter as a rule: believed where there are too few to tell, and with this weight of values.
USUAL_SCATTER = 0.06
_USUAL_WEIGHT = 5
#: What is assumed of a benchmark that was measured too seldom to know its spread at all.
UNKNOWN_NOISE = 0.20
_ENOUGH = 3
#: How much equal runs differ as a rule (a standard deviation): believed until there are so many of them.
USUAL_BETWEEN = 0.04
ENOUGH_HISTORY = 5
_DRIFT_FROM, _DRIFT_ORDER, _DRIFT_LEAST = 5, 0.8, 0.05


@dataclass(frozen=True, slots=True)
class Summary:
    """``noise`` is absolute: an equal run is expected within ``median`` ± ``noise``.

    ``interval``: where the median lies with 95 % confidence. ``drift``: by which share the values rose (or fell, below
    0) from the first to the last, where they did so steadily; else 0. ``target``: the least that was wanted, if any;
    ``why``: what bounds the figure.
    """

    unit: str
    better: str
    median: float
    low: float
    high: float
    noise: float
    values: list[float]
    interval: tuple[float, float]
    drift: float
    target: float | None = None
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def summarise(
    values: Sequence[float], unit: str, better: Better, target: float | None = None, why: str = ""
) -> Summary:
    """Median, extremes and noise of at least one value."""
    middle = median(values)
    return Summary(
        unit, str(better), middle, min(values), max(values), _noise(values, middle), list(values), interval(values),
        drift(values), target, why,
    )  # fmt: skip


def summarise_figures(figures: Sequence[Figure]) -> Summary:
    """As ``summarise``, of one figure of each round."""
    first = figures[0]
    return summarise([each.value for each in figures], first.unit, first.better, first.target, first.why)


def interval(values: Sequence[float], share: float = 0.95) -> tuple[float, float]:
    """Where the median lies with that confidence: the bootstrap's own distribution, computed instead of drawn.

    The median of a resample is at most the k-th smallest value when half of the resample is, each being so with k / n.
    """
    ordered, number = sorted(values), len(values)
    if number < _ENOUGH:
        return ordered[0], ordered[-1]
    half = number // 2 + 1
    at_most = [_at_least(half, number, place / number) for place in range(1, number + 1)]
    edge = (1 - share) / 2
    low = next(place for place, reached in enumerate(at_most) if reached > edge)
    return ordered[low], ordered[number - 1 - low]


def _at_least(wanted: int, number: int, chance: float) -> float:
    """Probability that so many of a number of independent trials succeed."""
    return sum(math.comb(number, n) * chance**n * (1 - chance) ** (number - n) for n in range(wanted, number + 1))


def drift(values: Sequence[float]) -> float:
    """By which share of the median values rose from first to last, where nearly every later one is higher, or lower."""
    middle, pairs = median(values), list(combinations(enumerate(values), 2))
    if len(values) < _DRIFT_FROM or not middle:
        return 0.0
    order = sum((b > a) - (b < a) for (_, a), (_, b) in pairs) / len(pairs)
    slope = median((b - a) / (later - earlier) for (earlier, a), (later, b) in pairs)
    moved = slope * (len(values) - 1) / abs(middle)
    return moved if abs(order) >= _DRIFT_ORDER and abs(moved) > _DRIFT_LEAST else 0.0


def compare(
    before: dict[str, Any], after: Summary, *, history: Sequence[float] = (), spin: float = 1.0
) -> dict[str, Any] | None:
    """The change of a figure, or None when it lies within the noise or has no better side.

    Args:
        before: a ``Summary`` as plain data.
        history: medians of the earlier runs like it, in the order in which they were made.
        spin: how long the work that is always the same took beside this run, in parts of what it took before.
    """
    if after.better == Better.NEITHER or before["unit"] != after.unit:
        return None
    gap = after.median - before["median"]
    if abs(gap) <= band(before, after, history=history, spin=spin):
        return None
    improved = (gap < 0) == (after.better == Better.LOWER)
    return {
        "before": before["median"],
        "after": after.median,
        "ratio": after.median / before["median"] if before["median"] else None,
        "verdict": "better" if improved else "worse",
    }


def band(before: dict[str, Any], after: Summary, *, history: Sequence[float] = (), spin: float = 1.0) -> float:
    """By how much an equal run may differ, absolute: the largest noise that is known, and the machine's own change."""
    usual = abs(float(before["median"]))
    between = _SIGMAS * math.sqrt(2) * spread_between(history or [usual])
    return max(LEAST_CHANGE * usual, math.hypot(before["noise"], after.noise), between) + abs(spin - 1) * usual


def spread_between(history: Sequence[float]) -> float:
    """Standard deviation of equal runs, by the distances of those that follow each other; the usual one for too few.

    A change that is real is one distance among many, and does not count.
    """
    if len(history) < ENOUGH_HISTORY:
        return USUAL_BETWEEN * abs(history[-1])
    distances = [abs(later - earlier) for earlier, later in pairwise(history)]
    return median(distances) * _RANGE_TO_SIGMA


def _noise(values: Sequence[float], middle: float) -> float:
    number, usual = len(values), USUAL_SCATTER * abs(middle)
    if number < _ENOUGH:
        return UNKNOWN_NOISE * abs(middle)
    deviation = median(abs(value - middle) for value in values) * _MAD_TO_SIGMA
    deviation *= _FEW.get(number, number / (number - 0.8))
    # A few values tell their deviation badly: the fewer, the more of what is usual is believed instead.
    believed = math.sqrt((number * deviation**2 + _USUAL_WEIGHT * usual**2) / (number + _USUAL_WEIGHT))
    return max(_SIGMAS * _OF_A_MEDIAN * believed / math.sqrt(number), LEAST_NOISE * abs(middle))
