"""JSON: a list of records, such a list inside an object, or a record a line; streamed, never loaded whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from analysis.intake.errors import IntakeError
from analysis.intake.limits import COLUMNS, MEGABYTE, RECORD_CHARACTERS, SAMPLE_ROWS
from analysis.intake.readers.table import Row, estimate_by_lines, open_lines, text_error
from analysis.intake.sniff import Sniffed

LISTS = frozenset({"data", "comments", "comentarios", "records", "items", "results"})
"""Names under which an object may hold the list of records."""
BARE = "text"
"""Column name for records that are plain strings."""
_BLOCK = 1 << 16
_NESTING = 3
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)


class _Stream:
    """Text read forward value by value."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._text = ""
        self._at = 0
        self._ended = False
        self._line, self._counted = 1, 0

    def _more(self) -> bool:
        """Read on, dropping what has been passed; False at the end."""
        self.line()
        rest = self._text[self._at :]
        block = self._file.read(max(_BLOCK, len(rest)))
        self._text, self._at, self._counted = rest + block, 0, 0
        self._ended = not block
        return not self._ended

    def peek(self) -> str:
        """Return the next character that is not a space, without passing it; "" at the end."""
        while True:
            while self._at < len(self._text):
                character = self._text[self._at]
                if character not in " \t\r\n\ufeff\x00":
                    return character
                self._at += 1
            if not self._more():
                return ""

    def line(self) -> int:
        """Return the line of the next character."""
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def take(self, character: str) -> bool:
        """Pass `character` if it is next."""
        if self.peek() != character:
            return False
        self._at += 1
        return True

    def expect(self, character: str) -> None:
        """Pass `character`; IntakeError when something else is next."""
        if not self.take(character):
            raise self.error()

    def value(self) -> Any:
        """Pass and return the next value; numbers come as they are written, as str."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise IntakeError("json_too_deep") from error
            except ValueError as error:
                if len(self._text) - self._at > RECORD_CHARACTERS or not self._more():
                    raise self.error() from error
                continue
            if end < len(self._text) or not self._more():
                self._at = end
                return value

    def error(self) -> IntakeError:
        """Return the error that names this line."""
        return IntakeError("bad_json", {"line": str(self.line())})


def _find_list(stream: _Stream, depth: int = 0) -> None:
    """Move `stream` to just behind the bracket that opens the list of records."""
    if stream.take("["):
        return
    if depth >= _NESTING or not stream.take("{"):
        raise IntakeError("json_no_records")
    while not stream.take("}"):
        name = stream.value()
        stream.expect(":")
        if isinstance(name, str) and name.casefold() in LISTS and stream.peek() in "[{":
            _find_list(stream, depth + 1)
            return
        stream.value()
        stream.take(",")
    raise IntakeError("json_no_records")


def _list_records(file: TextIO) -> Iterator[tuple[int, Any]]:
    stream = _Stream(file)
    _find_list(stream)
    while not stream.take("]"):
        stream.peek()
        yield stream.line(), stream.value()
        if not stream.take(",") and stream.peek() != "]":
            raise stream.error()


def _line_records(file: TextIO) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(file, start=1):
        line = line.strip(" \t\r\n\ufeff\x00")
        if not line:
            yield number, ""
            continue
        try:
            yield number, _DECODER.decode(line)
        except (ValueError, RecursionError):
            yield number, _Broken(line)


class _Broken(str):
    """A line that is not JSON."""

    __slots__ = ()


def cell_text(value: Any) -> str:
    """Return a JSON value as the text of a cell: null is empty, lists and objects stay JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


class JsonTable:
    """A json or jsonl file as rows under the keys that its first records have."""

    delimiter = ""
    sheets: tuple[str, ...] = ()
    sheet = ""
    names: tuple[str, ...]

    def __init__(self, path: Path, sniffed: Sniffed) -> None:
        self.format = sniffed.format
        self.encoding = sniffed.encoding
        self.mixed_encoding = sniffed.mixed_encoding
        self._path = path
        self._sniffed = sniffed
        self.names = self._find_names()

    def rows(self) -> Iterator[Row]:
        """Yield the records; the line is where a record begins."""
        names = self.names
        for line, record in self._records():
            if isinstance(record, dict):
                yield line, [cell_text(record.get(name)) for name in names], ""
            elif isinstance(record, _Broken) or not isinstance(record, str) or BARE not in names:
                blank = record in {"", None} if not isinstance(record, list) else not record
                yield line, [] if blank else [cell_text(record)], "" if blank else "bad_row"
            else:
                yield line, [record if name == BARE else "" for name in names], ""

    def estimate(self, sampled: int, last_line: int) -> int:
        """Extrapolate from how often the first key occurs in the first megabyte."""
        if self.format == "jsonl" or not self.names or self.names[0] == BARE:
            return estimate_by_lines(self._path, sampled, last_line)
        with self._path.open("rb") as file:
            head = file.read(MEGABYTE)
        key = json.dumps(self.names[0], ensure_ascii=False).encode(self.encoding.removesuffix("-sig"), "replace")
        return max(sampled, round(head.count(key) * self._path.stat().st_size / len(head)))

    def _records(self) -> Iterator[tuple[int, Any]]:
        try:
            if self.format == "jsonl":
                with open_lines(self._path, self._sniffed) as file:
                    yield from _line_records(file)
            else:
                with self._path.open(encoding=self.encoding, errors=self._sniffed.errors) as file:
                    yield from _list_records(file)
        except UnicodeError as error:
            raise text_error(error, self.encoding) from error

    def _find_names(self) -> tuple[str, ...]:
        found: dict[str, None] = {}
        broken = records = 0
        for _line, record in self._records():
            records += 1
            if isinstance(record, dict):
                found.update(dict.fromkeys(record))
            elif isinstance(record, _Broken):
                broken += 1
            elif isinstance(record, str) and record:
                found.setdefault(BARE)
            if len(found) > COLUMNS:
                raise IntakeError("too_many_columns", {"limit": str(COLUMNS)})
            if records >= SAMPLE_ROWS:
                break
        if not found and records:
            raise IntakeError("bad_json", {"line": "1"}) if broken else IntakeError("json_no_records")
        return tuple(found)
