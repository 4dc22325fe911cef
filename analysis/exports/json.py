"""Rows as JSON: a line each (JSONL), or one document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import orjson

from analysis.exports.rows import CHUNK, Row


def jsonl(rows: Iterable[Row]) -> Iterator[bytes]:
    """One object a line, keys in the order of ``rows.COLUMNS``, dates in ISO 8601 with their offset."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield b"".join(orjson.dumps(row._asdict(), option=orjson.OPT_APPEND_NEWLINE) for row in chunk)


def document(rows: Iterable[Row], about: Mapping[str, Any]) -> Iterator[bytes]:
    """One object: what ``about`` says, then "comments", a list of the same objects as the lines of JSONL."""
    head = orjson.dumps(dict(about))
    yield head[:-1] + (b"," if about else b"") + b'"comments":['
    separator = b"\n"
    for lines in jsonl(rows):
        yield separator + lines[:-1].replace(b"\n", b",\n")
        separator = b",\n"
    yield b"\n]}\n"
