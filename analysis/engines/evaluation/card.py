"""The measured part of a model card: an evaluation as Markdown tables, kept between two marks of the document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.engines.base import Sentiment
from analysis.engines.evaluation.evaluation import Evaluation
from analysis.engines.evaluation.figures import FIGURES
from analysis.engines.evaluation.report import share

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


class CardError(ValueError):
    """A document without the two marks."""


def fill(document: str, result: Evaluation) -> str:
    """Return the document with the tables of `result` between its marks; raise CardError when it lacks them."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise CardError(f"The document needs the lines {BEGIN} and {END}: the figures go between them.")
    return f"{before}{BEGIN}\n{tables(result)}{END}{after}"


def tables(result: Evaluation) -> str:
    """Return figures, classes of the sentiment and slices, ending in a line feed."""
    lines = [f"Engine `{result.engine}`, version `{result.version}`, {result.comments} comments.", ""]
    for table in (_figures(result), _confusion(result), _slices(result)):
        lines += [*table, ""]
    return "\n".join(lines)


def _figures(result: Evaluation) -> Iterator[str]:
    yield from _head(["figure", "measured", "95 % interval", "least", "goal", ""], "-:::--")
    for figure in FIGURES:
        one = result.figures[figure.name]
        asked = [share(figure.least), share(figure.goal)] if figure.least is not None else ["", ""]
        bounds = f"{share(one.low)} to {share(one.high)}"
        yield _row([figure.name, share(one.value), bounds, *asked, figure.standing(one.value)])


def _confusion(result: Evaluation) -> Iterator[str]:
    codes = [code.value for code in Sentiment]
    read_as = [f"read as {codes[0]}", *codes[1:]]
    yield from _head(["sentiment", "comments", "precision", "recall", "F1", *read_as], "-" + ":" * 8)
    for code in codes:
        counts = result.classes["sentiment"][code]
        shares = [share(value) for value in (counts.precision, counts.recall, counts.f1)]
        said = [str(result.confusion[code, other]) for other in codes]
        yield _row([code, str(counts.support), *shares, *said])


def _slices(result: Evaluation) -> Iterator[str]:
    yield from _head(["slice", "comments", "macro-F1", "accuracy"], "-:::")
    for name, one in result.slices.items():
        yield _row([name, str(one.comments), share(one.macro_f1), share(one.accuracy)])


def _head(cells: Sequence[str], sides: str) -> Iterator[str]:
    """The first two lines of a table; `:` in `sides` is a column of numbers."""
    yield _row(cells)
    yield "|" + "|".join("---:" if side == ":" else "---" for side in sides) + "|"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")
