"""Two engines on the same comments: how far each figure moved, with the luck of the sample taken out of both alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import isnan

from analysis.engines.evaluation.bootstrap import interval
from analysis.engines.evaluation.cases import Case
from analysis.engines.evaluation.evaluation import RESAMPLES, SEED
from analysis.engines.evaluation.figures import FIGURES, Figure, Statistic

#: A candidate that is worse in one of these, beyond chance, is not activated without a reason.
GATE = ("sentiment macro-F1", "sentiment polarity accuracy", "p0 recall")

Both = Sequence[tuple[Case, Case]]


@dataclass(frozen=True, slots=True)
class Difference:
    """After minus before, with its 95 % interval over samples drawn of both alike (paired bootstrap)."""

    value: float
    low: float
    high: float


def differences(
    before: Sequence[Case],
    after: Sequence[Case],
    *,
    figures: Sequence[Figure] = FIGURES,
    seed: int = SEED,
    resamples: int = RESAMPLES,
) -> dict[str, Difference]:
    """How each figure moved; raise ValueError when the two did not judge the same comments in the same order."""
    if [case.gold.id for case in before] != [case.gold.id for case in after]:
        raise ValueError("The two engines judged different comments")
    both = list(zip(before, after, strict=True))
    return {
        figure.name: Difference(
            moved(figure.measure, both),
            *interval(partial(moved, figure.measure), both, seed=seed, resamples=resamples),
        )
        for figure in figures
    }


def moved(measure: Statistic, both: Both) -> float:
    """The measure of the second engine minus that of the first."""
    return measure([after for _before, after in both]) - measure([before for before, _after in both])


def worse(figure: Figure, moved_by: Difference) -> bool:
    """Whether the whole interval lies on the bad side of nothing."""
    if isnan(moved_by.value):
        return False
    return moved_by.low > 0 if figure.less_is_better else moved_by.high < 0


def fallen(found: dict[str, Difference]) -> list[str]:
    """The figures of the gate that fell beyond chance."""
    return [figure.name for figure in FIGURES if figure.name in GATE and worse(figure, found[figure.name])]
