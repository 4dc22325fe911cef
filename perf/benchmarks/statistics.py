"""The median of repeated measurements, the noise around it, and whether two of them differ.

Sources: robust spread by the median absolute deviation (Rousseeuw & Croux 1993), scaled to a standard deviation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from perf.benchmarks.registry import Better

_MAD_TO_SIGMA = 1.4826
_SIGMAS = 2.0
#: No difference below this is believed on a shared machine, however steady the values of one run are.
LEAST_NOISE = 0.05
#: What is assumed of a benchmark that was measured too seldom to know its spread.
UNKNOWN_NOISE = 0.15
_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Summary:
    """``noise`` is absolute: an equal run is expected within ``median`` ± ``noise``."""

    unit: str
    better: str
    median: float
    low: float
    high: float
    noise: float
    values: list[float]

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def summarise(values: Sequence[float], unit: str, better: Better) -> Summary:
    """Median, extremes and noise of at least one value."""
    middle = median(values)
    if len(values) < _ENOUGH:
        noise = UNKNOWN_NOISE * abs(middle)
    else:
        deviation = median(abs(value - middle) for value in values) * _MAD_TO_SIGMA
        noise = max(_SIGMAS * deviation, LEAST_NOISE * abs(middle))
    return Summary(unit, str(better), middle, min(values), max(values), noise, list(values))


def compare(before: dict[str, Any], after: Summary) -> dict[str, Any] | None:
    """The change of a figure, or None when it lies within the noise of both runs or has no better side."""
    if after.better == Better.NEITHER or before["unit"] != after.unit:
        return None
    gap = after.median - before["median"]
    if abs(gap) <= before["noise"] + after.noise:
        return None
    improved = (gap < 0) == (after.better == Better.LOWER)
    return {
        "before": before["median"],
        "after": after.median,
        "ratio": after.median / before["median"] if before["median"] else None,
        "verdict": "better" if improved else "worse",
    }
