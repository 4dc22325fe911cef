"""Rows as CSV that a spreadsheet opens by a double click, and that no comment can make compute anything."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from analysis.exports.rows import CHUNK, COLUMNS, Row

DELIMITERS = (";", ",")
# What a spreadsheet may take for the beginning of a formula, wide forms included.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def inert(text: str) -> str:
    """``text`` with an apostrophe in front where a spreadsheet would compute it; a number stays what it is."""
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def csv_lines(rows: Iterable[Row], *, delimiter: str = ";") -> Iterator[bytes]:
    """UTF-8 with a byte order mark and lines that end as RFC 4180 says; the first line names the columns.

    Themes are written "speed:negative, price:positive" and emotions "anger:0.8, worry:0.3"; dates
    "2026-03-02 09:00:00" in the product's time zone, true and false as such, null as nothing.

    Raises:
        ValueError: a delimiter that is none of ``DELIMITERS``.
    """
    if delimiter not in DELIMITERS:
        raise ValueError(f"A delimiter is one of {DELIMITERS}, not {delimiter!r}")
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerow(COLUMNS)
    mark = codecs.BOM_UTF8
    iterator = iter(rows)
    while True:
        chunk = list(islice(iterator, CHUNK))
        writer.writerows([_cells(row) for row in chunk])
        yield mark + buffer.getvalue().encode()
        if len(chunk) < CHUNK:
            return
        mark = b""
        buffer.seek(0)
        buffer.truncate()


def _cells(row: Row) -> list[Any]:
    return [_cell(value) for value in row]


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return inert(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, list):
        return ", ".join(label_text(label) for label in value)
    return value


def label_text(label: dict[str, Any]) -> str:
    """A theme or an emotion as one word: its code and what is said of it."""
    code, said = label.values()
    return f"{code}:{said}"
