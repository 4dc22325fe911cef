"""How far a figure could lie off by the luck of the sample: percentile bootstrap (Efron 1979)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isnan, nan
from random import Random
from typing import TypeVar

Drawn = TypeVar("Drawn")


def interval(
    statistic: Callable[[Sequence[Drawn]], float], sample: Sequence[Drawn], *, seed: int, resamples: int
) -> tuple[float, float]:
    """Bounds that hold the middle 95 % of `statistic` over samples drawn with replacement; the same for the same seed.

    Resamples in which there is nothing to measure (NaN) are left out; NaN twice when none remains.
    """
    draw = Random(seed)  # noqa: S311 - luck that can be repeated is what is wanted
    values = (statistic(draw.choices(sample, k=len(sample))) for _ in range(resamples))
    known = sorted(value for value in values if not isnan(value))
    if not known:
        return nan, nan
    last = len(known) - 1
    return known[round(0.025 * last)], known[round(0.975 * last)]
