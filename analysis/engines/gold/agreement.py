"""Cohen's kappa between the first and the second labelling of the gold set, label by label.

`python -m analysis.engines.gold.agreement` prints the table of README.md. Single labels (sentiment, language, urgency,
churn) are compared value by value. Multi-labels (themes, emotions, flags, competitors) are compared code by code as
present or absent; "all codes" pools the decisions of every code on every comment. The polarity of themes is compared
where both labellings name the theme.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.engines.base import EMOTIONS, THEMES

ROOM = Path(__file__).parent
SINGLE = ("sentiment", "language", "urgency", "churn_risk")
COMPETITORS = ("tigo", "claro", "copaco", "vox", "starlink", "other")
FLAGS = ("sarcasm", "implicit", "negation", "contrast", "uninformative", "company_reply")
MULTIPLE: Mapping[str, tuple[str, ...]] = {
    "themes": THEMES,
    "emotions": EMOTIONS,
    "competitors": COMPETITORS,
    "flags": FLAGS,
}

Row = dict[str, str]
Pair = tuple[Hashable, Hashable]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two labellings agree on one label: shares and kappa are between 0 (kappa: -1) and 1."""

    label: str
    decisions: int
    first: int | None
    second: int | None
    observed: float
    kappa: float


def read_rows(path: Path) -> list[Row]:
    """Rows of a tab separated file with a header line and no quoting."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def coded(cell: str) -> dict[str, str]:
    """`speed:negative;price:mixed` as {speed: negative, price: mixed}; a code without a value has an empty one."""
    parts = (part.partition(":") for part in cell.split(";") if part)
    return {code: value for code, _, value in parts}


def agreement(label: str, pairs: Iterable[Pair], *, yes_no: bool = False) -> Agreement:
    """Cohen's kappa of paired decisions (Cohen 1960); 1 where both always chose the same single value."""
    decisions = list(pairs)
    total = len(decisions)
    observed = sum(one == other for one, other in decisions) / total
    first = Counter(one for one, _ in decisions)
    second = Counter(other for _, other in decisions)
    expected = sum(first[value] * second[value] for value in first) / total**2
    return Agreement(
        label=label,
        decisions=total,
        first=first[True] if yes_no else None,
        second=second[True] if yes_no else None,
        observed=observed,
        kappa=1.0 if expected == 1 else (observed - expected) / (1 - expected),
    )


def compare(first: Sequence[Row], second: Sequence[Row]) -> Iterator[Agreement]:
    """Agreement of two labellings of the same comments, whatever their order."""
    by_id = {row["id"]: row for row in second}
    rows = [(row, by_id[row["id"]]) for row in first]
    for column in SINGLE:
        yield agreement(column, ((one[column], other[column]) for one, other in rows))
    for column, codes in MULTIPLE.items():
        cells = [(coded(one[column]), coded(other[column])) for one, other in rows]
        pooled = [(code in one, code in other) for one, other in cells for code in codes]
        yield agreement(f"{column}: all codes", pooled, yes_no=True)
        for code in codes:
            yield agreement(f"{column}: {code}", ((code in one, code in other) for one, other in cells), yes_no=True)
        if column == "themes":
            both = ((one[code], other[code]) for one, other in cells for code in codes if code in one and code in other)
            yield agreement("themes: polarity", both)


def table(results: Iterable[Agreement]) -> str:
    """The results as a Markdown table, ending in a line feed."""
    lines = ["| label | decisions | first | second | same | kappa |", "|---|---:|---:|---:|---:|---:|"]
    for result in results:
        first, second = ("" if count is None else str(count) for count in (result.first, result.second))
        shares = f"{result.observed:.3f} | {result.kappa:.3f}"
        lines.append(f"| {result.label} | {result.decisions} | {first} | {second} | {shares} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the table for the two committed labellings."""
    sys.stdout.write(table(compare(read_rows(ROOM / "first.tsv"), read_rows(ROOM / "second.tsv"))))


if __name__ == "__main__":
    main()
