"""The parent's side of reading a file."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from analysis.intake.errors import IntakeError
from analysis.intake.types import Batch, CleanRow, ColumnInfo, Inspection, ReadOptions

_BATCH = 1000


def inspect(path: Path, filename: str, options: ReadOptions) -> Inspection:
    """Look into a file."""
    names, rows = _open(path)
    columns = tuple(
        ColumnInfo(name, index, _field(name), "text", tuple(row[name] for row in rows[:3]), _field(name) is None)
        for index, name in enumerate(names)
    )
    return Inspection(
        "csv", "utf-8", ",", (), "", 1, columns, len(rows), True, True, "0-10", False, "", ()
    )  # fmt: skip


def read_rows(path: Path, filename: str, options: ReadOptions | None, skip_rows: int = 0) -> Iterator[Batch]:
    """Yield the rows in batches."""
    names, rows = _open(path)
    text = next(name for name in names if _field(name) == "comment")
    rating = next((name for name in names if _field(name) == "rating"), None)
    numbered = iter(enumerate(rows[skip_rows:], start=skip_rows + 1))
    read = skip_rows
    while page := list(islice(numbered, _BATCH)):
        read += len(page)
        good = [_clean(number, row[text], row[rating] if rating else "") for number, row in page]
        yield Batch(good, [], 0, read)


def _open(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    names = list(reader.fieldnames or [])
    if "comment" not in {_field(name) for name in names}:
        raise IntakeError("no_comment_column")
    return names, rows


def _field(name: str) -> str | None:
    return {"comentario final": "comment", "comment": "comment", "nota": "rating", "rating": "rating"}.get(
        name.strip().lower()
    )


def _clean(number: int, text: str, rating: str) -> CleanRow:
    fingerprint = hashlib.blake2b(text.casefold().encode(), digest_size=16).hexdigest()
    score = float(rating) if rating else None
    return CleanRow(number, number + 1, text, fingerprint, score, None, None, "", "", "", "", {})
