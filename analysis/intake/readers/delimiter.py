"""Which character separates the cells of a text file, if any does."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.intake.columns import known_names, names_comment

DELIMITERS = (",", ";", "\t", "|")
_DECLARED = re.compile(r'"?sep=([,;|\t])"?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Split:
    """How a sample falls apart under one delimiter."""

    delimiter: str
    width: int
    """The commonest number of cells."""
    share: float
    """Share of the rows that have that many."""
    names: int
    """Most column names known to us that one of the first rows holds."""


def declared_delimiter(line: str) -> str:
    """Return the delimiter that a first line "sep=;" declares, else ""."""
    match = _DECLARED.fullmatch(line)
    return match.group(1) if match else ""


def choose_delimiter(lines: Sequence[str], *, plain: bool) -> tuple[str, int]:
    """Return (delimiter, usual number of cells) for the first lines of a file; ("", 1) for one cell a line.

    With `plain` (a txt) prose is expected: only a regular table under known column names counts as one.
    """
    declared = declared_delimiter(lines[0]) if lines else ""
    splits = [_split(lines, delimiter) for delimiter in DELIMITERS]
    if declared:
        return declared, next(split.width for split in splits if split.delimiter == declared)
    best = max(splits, key=_merit)
    if plain:
        regular = best.width > 1 and best.share > 0.9 and best.names > 1
        return (best.delimiter, best.width) if regular else ("", 1)
    regular = best.width > 1 and best.share > 0.5 and not _names_one_column(lines)
    if regular or best.names > 1:
        return best.delimiter, best.width
    quoted = any(line.lstrip().startswith('"') for line in lines)
    return (",", 1) if quoted and splits[0].width == 1 else ("", 1)


def _names_one_column(lines: Sequence[str]) -> bool:
    """Whether the first line is the name of a comment column and nothing else."""
    first = next((line.strip().strip('"') for line in lines if line.strip()), "")
    return names_comment(first) and not any(delimiter in first for delimiter in DELIMITERS)


def usual_width(lines: Sequence[str], delimiter: str) -> int:
    """Return the commonest number of cells of a row."""
    return _split(lines, delimiter).width if delimiter else 1


def _merit(split: Split) -> tuple[int, float]:
    return split.names if split.width > 1 else 0, split.share * min(split.width, 8) if split.width > 1 else 0.0


def _split(lines: Sequence[str], delimiter: str) -> Split:
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
    except csv.Error:
        rows = [line.split(delimiter) for line in lines]
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    widths = Counter(len(row) for row in filled or rows if row)
    if not widths:
        return Split(delimiter, 1, 0.0, 0)
    names, header = max(((known_names(row), len(row)) for row in rows[:20]), default=(0, 1))
    if names > 1 and header > 1:
        return Split(delimiter, header, widths[header] / widths.total(), names)
    width, count = widths.most_common(1)[0]
    return Split(delimiter, width, count / widths.total(), names)
