"""What was measured in a stretch of seconds, and whether two such stretches differ beyond their noise.

Sources: median and median absolute deviation as robust location and spread (Rousseeuw & Croux 1993); the standard
error of a median is about 1.25 times that of a mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from statistics import median
from typing import Any

_MAD_TO_SIGMA = 1.4826
_OF_A_MEDIAN = 1.2533
#: No difference below this share is believed, however steady the samples are.
LEAST_DIFFERENCE = 0.02
#: The spread, as a share of the median, that few samples are taken to have at least.
_LEAST_SPREAD = 0.01
#: The load before and after a change may differ by this factor; beyond it the two say nothing of each other.
LOAD_FACTOR = 2.0
#: Fewer samples than this say nothing.
FEWEST = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """One stretch of time that ended ``at`` (Unix seconds).

    ``score``: how well it went, higher is better, whatever its unit. ``load``: how much was asked for, in any unit that
    the knob itself does not change. ``is_bound``: the knob held something back, so that turning it up may help.
    """

    at: float
    score: float
    load: float
    is_bound: bool
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Summary:
    """The middle of some samples; ``noise`` is the standard error of the score's median."""

    score: float
    noise: float
    load: float
    number: int
    bound: float
    figures: Mapping[str, float]

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @staticmethod
    def from_json(told: Mapping[str, Any]) -> Summary:
        """As ``as_json`` wrote it."""
        return Summary(**told)


class Verdict(StrEnum):
    """How the score after a change compares with the one before."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    TOO_FEW = "too_few"
    OTHER_LOAD = "other_load"


def summarise(samples: Sequence[Sample]) -> Summary | None:
    """The middle of the samples; None for fewer than ``FEWEST``."""
    if len(samples) < FEWEST:
        return None
    scores = [sample.score for sample in samples]
    middle = median(scores)
    spread = median(abs(score - middle) for score in scores) * _MAD_TO_SIGMA
    spread = max(spread, _LEAST_SPREAD * abs(middle))
    return Summary(
        score=middle,
        noise=_OF_A_MEDIAN * spread / math.sqrt(len(scores)),
        load=median(sample.load for sample in samples),
        number=len(samples),
        bound=sum(sample.is_bound for sample in samples) / len(samples),
        figures=_middles(sample.figures for sample in samples),
    )


def compare(before: Summary | None, after: Summary | None) -> Verdict:
    """Whether ``after`` is better or worse beyond the noise of both; the fewer the samples, the more is asked."""
    if before is None or after is None:
        return Verdict.TOO_FEW
    low, high = sorted((before.load, after.load))
    if high > LOAD_FACTOR * low:
        return Verdict.OTHER_LOAD
    gap = after.score - before.score
    sigmas = 2.0 + 6.0 / min(before.number, after.number)
    if abs(gap) <= max(sigmas * math.hypot(before.noise, after.noise), LEAST_DIFFERENCE * abs(before.score)):
        return Verdict.SAME
    return Verdict.BETTER if gap > 0 else Verdict.WORSE


def is_likely_better(before: Summary, after: Summary) -> bool:
    """Whether more speaks for ``after`` than against it: less than ``compare`` asks for, enough to go on from."""
    gap = after.score - before.score
    return gap > max(math.hypot(before.noise, after.noise), LEAST_DIFFERENCE / 2 * abs(before.score))


def _middles(rows: Iterable[Mapping[str, float]]) -> dict[str, float]:
    columns: dict[str, list[float]] = {}
    for row in rows:
        for name, number in row.items():
            columns.setdefault(name, []).append(number)
    return {name: round(median(numbers), 4) for name, numbers in columns.items()}
