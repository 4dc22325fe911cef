"""An export as a file that is there wholly or not at all, or as a stream of bytes."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from analysis.exports.csv import DELIMITERS, csv_lines
from analysis.exports.json import document, jsonl
from analysis.exports.rows import rows, snapshot
from analysis.exports.xlsx import write_workbook
from analysis.insights.aggregates import count
from analysis.insights.fields import did_you_mean
from analysis.insights.filters import CommentFilter
from analysis.models import Session
from perf.metrics import track

#: Content types by format; the format is also the ending of the file.
FORMATS: dict[str, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
}
_BLOCK = 64 * 1024


class ExportError(Exception):
    """An export that cannot be made as asked; ``message`` and ``hint`` are translated."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Export:
    """What is to leave: which comments, in which form.

    ``sessions`` is what the asker may see, from ``access.visible_sessions``; ``delimiter`` is for CSV only. Raises
    ``ExportError`` for a format or delimiter that there is not.
    """

    chosen: CommentFilter
    sessions: QuerySet[Session]
    format: str
    delimiter: str = ";"

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise ExportError(
                _("“%(name)s” is not a format.") % {"name": self.format}, did_you_mean(self.format, FORMATS)
            )
        if self.delimiter not in DELIMITERS:
            raise ExportError(_("A CSV file is separated by ; or by ,"))

    @property
    def content_type(self) -> str:
        """For the HTTP header of the same name."""
        return FORMATS[self.format]

    def file_name(self) -> str:
        """A name that says which session and which day, in ASCII."""
        session = self.sessions.filter(pk=self.chosen.session).first() if self.chosen.session else None
        name = slugify(session.name)[:60] if session else ""
        return f"{name or 'comments'}-{timezone.localdate():%Y-%m-%d}.{self.format}"


def format_of(path: Path) -> str:
    """The format that a file's ending asks for; raises ``ExportError``."""
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        known = ", ".join(f".{name}" for name in FORMATS)
        raise ExportError(_("“%(name)s” has no ending that is known.") % {"name": path.name}, f"{known}")
    return ending


def write_file(export: Export, path: Path) -> None:
    """Make the file at ``path``, which appears only when it is whole; what was there stays until then.

    Raises:
        OSError: the disk is full, say; nothing is left behind.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as target:
            _write(export, target, part.parent)
            target.flush()
            os.fsync(target.fileno())
        part.chmod(0o644)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def stream(export: Export) -> Iterator[bytes]:
    """The export in blocks, made while they are taken; a workbook is made first, since it can only be read whole."""
    if export.format != "xlsx":
        return _blocks(export)
    target = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by the generator that reads it
    try:
        with tempfile.TemporaryDirectory() as place:
            _write(export, target, Path(place))
        target.seek(0)
    except BaseException:
        target.close()
        raise
    return _read(target)


def _write(export: Export, target: IO[bytes], place: Path) -> None:
    if export.format == "xlsx":
        with track("export.xlsx"), tempfile.TemporaryDirectory(dir=place) as scratch, snapshot():
            write_workbook(target, export.chosen, export.sessions, scratch=Path(scratch))
        return
    with contextlib.closing(_blocks(export)) as blocks:
        for block in blocks:
            target.write(block)


def _blocks(export: Export) -> Generator[bytes]:
    with track(f"export.{export.format}"), snapshot():
        found = rows(export.chosen, export.sessions)
        if export.format == "csv":
            yield from csv_lines(found, delimiter=export.delimiter)
        elif export.format == "jsonl":
            yield from jsonl(found)
        else:
            about = {
                "exported_at": timezone.now(),
                "filter": export.chosen.to_params(),
                "overview": count(export.chosen, export.sessions).to_dict(),
            }
            yield from document(found, about)


def _read(target: IO[bytes]) -> Iterator[bytes]:
    with target:
        while block := target.read(_BLOCK):
            yield block
