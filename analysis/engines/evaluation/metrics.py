"""The measures, each a pure function of paired decisions (what the reader says, what the engine says).

Measures are shares between 0 and 1, or NaN where there is nothing to measure. A class counts in a mean when the reader
or the engine uses it, so that inventing a class costs (as in scikit-learn's `f1_score` without `labels`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import nan

Pair = tuple[str, str]
CodePair = tuple[Collection[str], Collection[str]]

_POLAR = frozenset({"positive", "negative"})


@dataclass(frozen=True, slots=True)
class Counts:
    """Decisions on one class: found by both, missed by the engine, invented by the engine."""

    found: int
    missed: int
    invented: int

    @property
    def support(self) -> int:
        """How often the reader says it."""
        return self.found + self.missed

    @property
    def precision(self) -> float:
        """Share of what the engine says that the reader says too."""
        return ratio(self.found, self.found + self.invented)

    @property
    def recall(self) -> float:
        """Share of what the reader says that the engine says too."""
        return ratio(self.found, self.support)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where one of them has no denominator, NaN where both have none."""
        return ratio(2 * self.found, 2 * self.found + self.missed + self.invented)


@dataclass(frozen=True, slots=True)
class Bin:
    """Decisions of similar confidence: how many, how sure on average, and which share was right."""

    decisions: int
    confidence: float
    accuracy: float


def ratio(part: float, whole: float) -> float:
    """Return `part / whole`, NaN for nothing at all."""
    return part / whole if whole else nan


def mean(values: Iterable[float]) -> float:
    """Return the arithmetic mean, NaN of no values."""
    known = list(values)
    return ratio(sum(known), len(known))


def accuracy(pairs: Sequence[Pair]) -> float:
    """Share of pairs whose two sides agree."""
    return ratio(sum(gold == said for gold, said in pairs), len(pairs))


def polarity_accuracy(pairs: Iterable[Pair]) -> float:
    """Accuracy where both sides are positive or negative."""
    return accuracy([pair for pair in pairs if _POLAR.issuperset(pair)])


def confusion(pairs: Iterable[Pair]) -> Counter[Pair]:
    """How often the reader says the first while the engine says the second."""
    return Counter(pairs)


def by_class(pairs: Iterable[Pair]) -> dict[str, Counts]:
    """Counts of each class of a label with one value, in alphabetical order."""
    return by_code((((gold,), (said,)) for gold, said in pairs))


def by_code(pairs: Iterable[CodePair]) -> dict[str, Counts]:
    """Counts of each code of a label with any number of values, in alphabetical order."""
    found: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    invented: Counter[str] = Counter()
    for gold, said in pairs:
        for code in gold:
            (found if code in said else missed)[code] += 1
        invented.update(code for code in said if code not in gold)
    codes = sorted({*found, *missed, *invented})
    return {code: Counts(found[code], missed[code], invented[code]) for code in codes}


def macro_f1(counts: Mapping[str, Counts]) -> float:
    """Mean of the F1 of the classes, each weighing the same."""
    return mean(one.f1 for one in counts.values())


def micro_f1(counts: Mapping[str, Counts]) -> float:
    """F1 of all decisions of all classes together."""
    every = counts.values()
    return Counts(sum(c.found for c in every), sum(c.missed for c in every), sum(c.invented for c in every)).f1


def recall_of(code: str, pairs: Iterable[Pair]) -> float:
    """Recall of one class; NaN where the reader never says it."""
    return accuracy([pair for pair in pairs if pair[0] == code])


def calibration_bins(decisions: Iterable[tuple[float, bool]], bins: int = 10) -> list[Bin]:
    """(confidence, right?) in `bins` of equal width over 0..1, empty ones too; a boundary falls into the upper bin."""
    groups: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for sure, right in decisions:
        groups[min(int(sure * bins), bins - 1)].append((sure, right))
    return [Bin(len(group), mean(sure for sure, _ in group), mean(right for _, right in group)) for group in groups]


def calibration_error(decisions: Iterable[tuple[float, bool]], bins: int = 10) -> float:
    """Expected calibration error (Naeini 2015): mean gap of confidence and accuracy, weighed by decisions."""
    filled = [one for one in calibration_bins(decisions, bins) if one.decisions]
    gaps = sum(one.decisions * abs(one.confidence - one.accuracy) for one in filled)
    return ratio(gaps, sum(one.decisions for one in filled))
