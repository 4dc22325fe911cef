"""What every reader gives: lines of text cells, each with the number a person sees beside it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, TextIO

from analysis.intake.errors import IntakeError
from analysis.intake.limits import LINE_BYTES, MEGABYTE
from analysis.intake.sniff import Sniffed

Row = tuple[int, list[str], str]
"""Line (1-based), cells as text, and "" or why the line is no record (its only cell is the raw line then)."""


class Table(Protocol):
    """A file, or one sheet of it, as rows; `rows` starts anew each time."""

    format: str
    encoding: str
    delimiter: str
    sheets: tuple[str, ...]
    sheet: str

    @property
    def names(self) -> tuple[str, ...] | None:
        """Column names where the format itself gives them (JSON), else None."""

    mixed_encoding: bool
    """A few bytes were not of the file's encoding."""

    def rows(self) -> Iterator[Row]:
        """Yield all lines in order, blank ones too; IntakeError when the file turns out to be damaged."""

    def estimate(self, sampled: int, last_line: int) -> int:
        """Guess the number of rows from a sample of `sampled` rows that ended at `last_line`."""


class _LineGuard(io.RawIOBase):
    """A file that refuses to go on once a line grows past LINE_BYTES, before it fills the memory."""

    def __init__(self, path: Path) -> None:
        self._file = io.FileIO(path)
        self._run = 0
        self._lines = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        count = self._file.readinto(buffer)
        block = bytes(buffer[:count])
        last = max(block.rfind(b"\n"), block.rfind(b"\r"))
        if last < 0:
            self._run += count
        else:
            self._run = count - last
            self._lines += block.count(b"\n")
        if self._run > LINE_BYTES:
            raise IntakeError("line_too_long", {"line": str(self._lines + 1), "limit": str(LINE_BYTES)})
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def open_lines(path: Path, sniffed: Sniffed, newline: str | None = None) -> TextIO:
    """Open a text file for reading line by line; iterating raises IntakeError on a line that is too long."""
    raw = io.BufferedReader(_LineGuard(path), 1 << 16)
    return io.TextIOWrapper(raw, encoding=sniffed.encoding, errors=sniffed.errors, newline=newline)


def estimate_by_lines(path: Path, sampled: int, last_line: int) -> int:
    """Extrapolate from the line ends in the first megabyte and the rows a line in the sample."""
    with path.open("rb") as file:
        head = file.read(MEGABYTE)
    lines = max(head.count(b"\n"), head.count(b"\r"), 1)
    total = lines * path.stat().st_size / max(len(head), 1)
    return max(sampled, round(total * sampled / max(last_line, 1)))


def text_error(error: UnicodeError, encoding: str) -> IntakeError:
    """Return the error for bytes that `encoding` has no characters for."""
    failure = IntakeError("unreadable_text", {"encoding": encoding})
    failure.__cause__ = error
    return failure
