"""An evaluation as a text to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isnan

from analysis.engines.base import Sentiment
from analysis.engines.evaluation.cases import Case
from analysis.engines.evaluation.evaluation import Evaluation
from analysis.engines.evaluation.figures import FIGURES

_BAR = 40  # characters for a share of 1 in the plot of the calibration


def report(result: Evaluation) -> str:
    """All sections, ending in a line feed."""
    lines = [f"{result.comments} comments, engine {result.engine} {result.version}"]
    for title, section in (
        ("Figures, with 95 % bootstrap intervals", _figures(result)),
        ("Classes", _classes(result)),
        ("Sentiment: rows the reader, columns the engine", _confusion(result)),
        ("Calibration of the sentiment: # share right, | mean confidence", _calibration(result)),
        ("Sentiment by slice", _slices(result)),
    ):
        lines += ["", title, *section]
    return "\n".join(lines) + "\n"


def error_lines(cases: Iterable[Case]) -> Iterator[str]:
    """One line for each case: what the reader and what the engine says, how surely, and the text."""
    for gold, verdict in cases:
        text = " ".join(gold.text.split())
        yield f"{gold.id}  {gold.sentiment} / {verdict.sentiment} {verdict.confidence:.2f}  {text}"


def share(value: float | None) -> str:
    """A share with three decimals; a dash where there is nothing to tell."""
    return "-" if value is None or isnan(value) else f"{value:.3f}"


def _figures(result: Evaluation) -> list[str]:
    rows = [["figure", "value", "low", "high", "least", "goal", ""]]
    for figure in FIGURES:
        one = result.figures[figure.name]
        numbers = [share(value) for value in (one.value, one.low, one.high, figure.least, figure.goal)]
        rows.append([figure.name, *numbers, figure.standing(one.value)])
    return _aligned(rows)


def _classes(result: Evaluation) -> list[str]:
    rows = [["class", "comments", "precision", "recall", "F1"]]
    for label, classes in result.classes.items():
        for code, counts in classes.items():
            shares = [share(value) for value in (counts.precision, counts.recall, counts.f1)]
            rows.append([f"{label}: {code}", str(counts.support), *shares])
    return _aligned(rows)


def _confusion(result: Evaluation) -> list[str]:
    rows = [["", *Sentiment]]
    rows += [[gold, *(str(result.confusion[gold, said]) for said in Sentiment)] for gold in Sentiment]
    return _aligned(rows)


def _calibration(result: Evaluation) -> list[str]:
    rows = [["confidence", "comments", "mean", "right", "plot"]]
    for place, one in enumerate(result.calibration):
        span = f"{place / 10:.1f}-{(place + 1) / 10:.1f}"
        numbers = [str(one.decisions), share(one.confidence), share(one.accuracy)]
        rows.append([span, *numbers, _plot(one.confidence, one.accuracy) if one.decisions else ""])
    return _aligned(rows)


def _plot(confidence: float, accuracy: float) -> str:
    line = list(("#" * round(accuracy * _BAR)).ljust(_BAR + 1))
    line[round(confidence * _BAR)] = "|"
    return "".join(line)


def _slices(result: Evaluation) -> list[str]:
    rows = [["slice", "comments", "macro-F1", "accuracy"]]
    for name, one in result.slices.items():
        rows.append([name, str(one.comments), share(one.macro_f1), share(one.accuracy)])
    return _aligned(rows)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell: the first and the last to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_padded(row, widths)).rstrip() for row in rows]


def _padded(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
        yield cell.rjust(width) if 0 < place < len(row) - 1 else cell.ljust(width)
