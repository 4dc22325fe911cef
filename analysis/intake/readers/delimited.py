"""Delimited text (csv, tsv) and plain lines (txt), streamed; a runaway quote costs one row, not the file."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from analysis.intake.limits import FIELD_CHARACTERS, RECORD_LINES
from analysis.intake.readers.delimiter import declared_delimiter
from analysis.intake.readers.table import Row, estimate_by_lines, open_lines, text_error
from analysis.intake.sniff import Sniffed

csv.field_size_limit(FIELD_CHARACTERS)


class RunawayQuoteError(Exception):
    """A quoted cell does not end within RECORD_LINES lines."""


class _Lines:
    """Physical lines; those of the record being read are kept, so that it can be unwound."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self.record: list[str] = []
        self.ended = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.record) >= RECORD_LINES:
            raise RunawayQuoteError
        if self._again:
            line = self._again.popleft()
        else:
            try:
                line = next(self._lines)
            except StopIteration:
                self.ended = True
                raise
        self.record.append(line)
        return line

    def unwind(self) -> str:
        """Give up on the record: return its first line, hand out the others again."""
        first, *others = self.record
        self._again.extendleft(reversed(others))
        self.record.clear()
        return first


class DelimitedTable:
    """A text file of rows; with the delimiter "" each line is one cell."""

    sheets: tuple[str, ...] = ()
    sheet = ""
    names = None

    def __init__(self, path: Path, sniffed: Sniffed, delimiter: str, width: int) -> None:
        self.format = sniffed.format
        self.encoding = sniffed.encoding
        self.delimiter = delimiter
        self.mixed_encoding = sniffed.mixed_encoding
        self._path = path
        self._sniffed = sniffed
        self._width = width

    def rows(self) -> Iterator[Row]:
        """Yield the records; the line is the first one of a record that spans several."""
        try:
            if self.delimiter:
                with open_lines(self._path, self._sniffed, newline="") as file:
                    yield from self._records(_Lines(file))
            else:
                with open_lines(self._path, self._sniffed) as file:
                    for number, line in enumerate(file, start=1):
                        yield number, [line], ""
        except UnicodeError as error:
            raise text_error(error, self.encoding) from error

    def estimate(self, sampled: int, last_line: int) -> int:
        """Extrapolate from the first megabyte."""
        return estimate_by_lines(self._path, sampled, last_line)

    def _records(self, lines: _Lines) -> Iterator[Row]:
        number, record = 1, lines.record
        while True:
            reader = csv.reader(lines, delimiter=self.delimiter, skipinitialspace=True)
            try:
                for cells in reader:
                    if len(record) == 1:
                        if number > 1 or not declared_delimiter(record[0]):
                            yield number, cells, ""
                    elif lines.ended:
                        raise RunawayQuoteError
                    else:
                        yield from self._long_record(number, cells, record)
                    number += len(record)
                    record.clear()
                return
            except (RunawayQuoteError, csv.Error):
                yield number, [lines.unwind()], "bad_row"
                number += 1

    def _long_record(self, number: int, cells: list[str], record: list[str]) -> Iterator[Row]:
        """A record of several lines that is not well formed is really several rows when one of its lines alone fits."""
        if self._width < 2 or (len(cells) == self._width and self._is_strict(record)):
            yield number, cells, ""
            return
        alone = [self._one_line(line) for line in record]
        if all(len(parts) != self._width for parts in alone[1:]):
            yield number, cells, ""
            return
        for offset, parts in enumerate(alone):
            if len(parts) == self._width:
                yield number + offset, parts, ""
            else:
                yield number + offset, [record[offset]], "bad_row"

    def _is_strict(self, record: list[str]) -> bool:
        """Whether each quoted cell ends where its quotes end."""
        try:
            return len(list(csv.reader(record, delimiter=self.delimiter, skipinitialspace=True, strict=True))) == 1
        except csv.Error:
            return False

    def _one_line(self, line: str) -> list[str]:
        return next(csv.reader([line], delimiter=self.delimiter, skipinitialspace=True), [])
