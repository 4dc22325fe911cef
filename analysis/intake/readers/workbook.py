"""Workbooks (xlsx, xls, xlsm, xlsb, ods): the sheet with the comments, its cells as text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from analysis.intake.columns import names_comment
from analysis.intake.errors import IntakeError
from analysis.intake.limits import COLUMNS, HEADER_ROWS
from analysis.intake.readers.table import Row

CELLS = 60_000_000
"""A sheet may span this many cells, empty ones between included."""


def _float_text(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _moment_text(value: dt.datetime) -> str:
    midnight = value.time() == dt.time.min
    return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")


_TEXT: dict[type, Callable[..., str]] = {
    float: _float_text,
    int: str,
    bool: lambda value: "true" if value else "false",
    dt.datetime: _moment_text,
    dt.date: dt.date.isoformat,
    dt.time: dt.time.isoformat,
    dt.timedelta: str,
}


class WorkbookTable:
    """One sheet of a workbook."""

    encoding = ""
    delimiter = ""
    names = None
    mixed_encoding = False

    def __init__(self, path: Path, file_format: str, sheet: str | None) -> None:
        self.format = file_format
        try:
            # From a file object the format is told by content; from a path by the name, which may be anything.
            with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as workbook:
                self.sheets = _worksheets(workbook)
                self._sheet = self._choose(workbook, sheet)
        except PasswordError as error:
            raise IntakeError("encrypted_file") from error
        except (CalamineError, OSError, ValueError) as error:
            raise IntakeError("damaged_file") from error
        self.sheet = self._sheet.name

    def _choose(self, workbook: CalamineWorkbook, wanted: str | None) -> CalamineSheet:
        """Take the sheet asked for, else the one with a comment column and the most rows."""
        if wanted is not None and wanted not in workbook.sheet_names:
            raise IntakeError("unknown_sheet", {"sheet": wanted})
        best: tuple[bool, int] | None = None
        chosen: CalamineSheet | None = None
        for name in self.sheets if wanted is None else (wanted,):
            sheet = _checked(workbook.get_sheet_by_name(name))
            merit = (_has_comments(sheet), sheet.height)
            if best is None or merit > best:
                best, chosen = merit, sheet
        if chosen is None:
            raise IntakeError("empty_file")
        return chosen

    def rows(self) -> Iterator[Row]:
        """Yield the sheet's rows; the line is the row number that a spreadsheet program shows."""
        for line, cells in enumerate(self._sheet.iter_rows(), start=1):
            yield line, [cell if cell.__class__ is str else _TEXT[cell.__class__](cell) for cell in cells], ""

    def estimate(self, sampled: int, last_line: int) -> int:
        """Count from the sheet's height."""
        end = self._sheet.end
        return max(sampled, sampled + (end[0] + 1 if end else 0) - last_line)


def _worksheets(workbook: CalamineWorkbook) -> tuple[str, ...]:
    """Names of the sheets that hold cells; hidden ones only where there is no other."""
    sheets = [meta for meta in workbook.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
    shown = [meta.name for meta in sheets if meta.visible == SheetVisibleEnum.Visible]
    return tuple(shown or [meta.name for meta in sheets])


def _checked(sheet: CalamineSheet) -> CalamineSheet:
    if sheet.width > COLUMNS:
        raise IntakeError("too_many_columns", {"limit": str(COLUMNS)})
    if sheet.height * sheet.width > CELLS:
        raise IntakeError("too_large_sheet", {"limit": str(CELLS)})
    return sheet


def _has_comments(sheet: CalamineSheet) -> bool:
    for line, cells in enumerate(sheet.iter_rows()):
        if any(names_comment(cell) for cell in cells if isinstance(cell, str)):
            return True
        if line >= HEADER_ROWS:
            break
    return False
