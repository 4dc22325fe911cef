"""Files of comments in every shape that people send, made by the tests."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import xlsxwriter
import xlwt

from analysis.intake.parse import read_rows
from analysis.intake.types import BadRow, CleanRow, ReadOptions

HEADER = ("NPS", "Nota", "Comentario Final")
ROWS: tuple[tuple[str, str, str], ...] = (
    ("Promotor", "10", "Excelente atención, ¡muy rápido!"),
    ("Detractor", "2", 'No funciona; dicen "mañana" y nada'),
    ("Pasivo", "8", "Bueno, pero caro"),
    ("Detractor", "0", "Se corta | a la noche"),
    ("Promotor", "9", "Che resãi peẽme, oiko porã ñandutiveve"),
    ("Detractor", "5", "Dos líneas:\nlento y caro"),
)
"""The customer's columns with what breaks naive readers: quotes, delimiters, line ends, accents, Guarani."""

LATIN_ROWS = tuple((nps, rating, text.replace("ẽ", "ê")) for nps, rating, text in ROWS)
"""The same without the letters that cp1252 and latin-1 lack."""


def delimited(rows: Iterable[Sequence[str]], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Return rows as delimited text."""
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return target.getvalue().encode(encoding)


def workbook(path: Path, sheets: dict[str, Iterable[Sequence[object]]]) -> Path:
    """Write an xlsx; a sheet whose name starts with "hidden" is hidden."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        date = book.add_format({"num_format": "dd/mm/yyyy"})
        for index, (name, rows) in enumerate(sheets.items()):
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if hasattr(cell, "isoformat"):
                        sheet.write_datetime(number, column, cell, date)
                    elif cell != "":
                        sheet.write(number, column, cell)
            if name.startswith("hidden"):
                sheet.hide()
            elif index and all(other.startswith("hidden") for other in list(sheets)[:index]):
                sheet.activate()
                sheet.set_first_sheet()
    return path


def old_workbook(path: Path, rows: Iterable[Sequence[object]]) -> Path:
    """Write an xls."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Hoja1")
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell)
    book.save(str(path))
    return path


def records(rows: Iterable[Sequence[object]] = ROWS, header: Sequence[str] = HEADER) -> list[dict[str, object]]:
    """Return rows as objects."""
    return [dict(zip(header, row, strict=True)) for row in rows]


def json_lines(items: Iterable[object]) -> bytes:
    """Return a record a line."""
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items).encode()


def repack(source: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """Copy a zip file, each part through `change(name, content)`; None leaves a part out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = change(entry.filename, old.read(entry))
            if content is not None:
                new.writestr(entry.filename, content)
    return target


def read(path: Path, options: ReadOptions | None = None, **more: object) -> tuple[list[CleanRow], list[BadRow]]:
    """Read a whole file through the child."""
    good: list[CleanRow] = []
    bad: list[BadRow] = []
    for batch in read_rows(path, path.name, options, **more):  # type: ignore[arg-type]
        good += batch.good
        bad += batch.bad
    return good, bad


def write(path: Path, content: bytes | str) -> Path:
    """Write a file and return where."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
