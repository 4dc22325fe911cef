"""One evaluation of an engine: every figure with its interval, the classes, the slices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from analysis.engines.base import Engine
from analysis.engines.evaluation import cases as of
from analysis.engines.evaluation import metrics
from analysis.engines.evaluation.bootstrap import interval
from analysis.engines.evaluation.cases import Case
from analysis.engines.evaluation.figures import FIGURES, sentiment_macro_f1
from analysis.engines.evaluation.metrics import Bin, Counts, Pair

SEED, RESAMPLES = 20, 1000


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure and the bounds of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Slice:
    """Sentiment within a part of the comments."""

    comments: int
    macro_f1: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured; `classes` is {label: {class: counts}}, `confusion` {(reader, engine): comments}."""

    engine: str
    version: str
    comments: int
    figures: dict[str, Measured]
    classes: dict[str, dict[str, Counts]]
    confusion: Counter[Pair]
    calibration: list[Bin]
    slices: dict[str, Slice]


def evaluate(cases: Sequence[Case], engine: Engine, *, seed: int = SEED, resamples: int = RESAMPLES) -> Evaluation:
    """Measure cases that `engine` has judged."""
    return Evaluation(
        engine=engine.name,
        version=engine.version,
        comments=len(cases),
        figures={
            figure.name: Measured(
                figure.measure(cases), *interval(figure.measure, cases, seed=seed, resamples=resamples)
            )
            for figure in FIGURES
        },
        classes=_classes(cases),
        confusion=metrics.confusion(of.sentiments(cases)),
        calibration=metrics.calibration_bins(of.confidences(cases)),
        slices={name: _slice(part) for name, part in of.slices(cases).items()},
    )


def errors(cases: Sequence[Case], most: int) -> list[Case]:
    """The cases with a wrong sentiment of which the engine is surest, at most `most`."""
    wrong = [case for case in cases if case.gold.sentiment != case.verdict.sentiment]
    return sorted(wrong, key=lambda case: -case.verdict.confidence)[:most]


def as_json(result: Evaluation) -> dict[str, Any]:
    """The evaluation in types of JSON, without any text of a comment; NaN becomes null."""
    return {
        "engine": result.engine,
        "version": result.version,
        "comments": result.comments,
        "figures": {
            name: {"value": _known(one.value), "low": _known(one.low), "high": _known(one.high)}
            for name, one in result.figures.items()
        },
        "classes": {
            label: {code: _class_as_json(counts) for code, counts in classes.items()}
            for label, classes in result.classes.items()
        },
        "confusion": [
            {"reader": gold, "engine": said, "comments": count}
            for (gold, said), count in sorted(result.confusion.items())
        ],
        "calibration": [
            {"decisions": one.decisions, "confidence": _known(one.confidence), "accuracy": _known(one.accuracy)}
            for one in result.calibration
        ],
        "slices": {
            name: {"comments": one.comments, "macro_f1": _known(one.macro_f1), "accuracy": _known(one.accuracy)}
            for name, one in result.slices.items()
        },
    }


def _classes(cases: Sequence[Case]) -> dict[str, dict[str, Counts]]:
    return {
        "sentiment": metrics.by_class(of.sentiments(cases)),
        "themes": metrics.by_code(of.themes(cases)),
        "emotions": metrics.by_code(of.emotions(cases)),
        "urgency": metrics.by_class(of.urgencies(cases)),
        "churn risk": metrics.by_class(of.churn_risks(cases)),
        "language": metrics.by_class(of.languages(cases)),
        "competitors": metrics.by_code(of.competitors(cases)),
    }


def _slice(cases: Sequence[Case]) -> Slice:
    return Slice(len(cases), sentiment_macro_f1(cases), metrics.accuracy(of.sentiments(cases)))


def _class_as_json(counts: Counts) -> dict[str, float | None]:
    return {
        "support": counts.support,
        "precision": _known(counts.precision),
        "recall": _known(counts.recall),
        "f1": _known(counts.f1),
    }


def _known(value: float) -> float | None:
    return None if isnan(value) else value
