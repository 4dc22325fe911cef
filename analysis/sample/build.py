"""Build comentarios_muestra.xlsx from comentarios_muestra.tsv: `python -m analysis.sample.build`.

The TSV is the source people read and edit; its last column, `lang`, stays out of the workbook.
The same TSV gives the same bytes with the same version of XlsxWriter.
"""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import xlsxwriter

from analysis.sample import SAMPLE_FILE

SOURCE_FILE = Path(__file__).with_name("comentarios_muestra.tsv")
COLUMNS = ("NPS", "Nota", "Comentario Final")
SHEET = "Comentarios"
_WIDTHS = (12, 8, 100)  # in characters
_WRITTEN_AT = datetime(2026, 1, 1)  # noqa: DTZ001 - the format has no time zone; fixed, so that builds are the same


class SampleRow(NamedTuple):
    """A row of the source: the three cells that are exported, and the language it was judged to be in."""

    nps: str
    rating: int
    comment: str
    language: str


def read_source(path: Path = SOURCE_FILE) -> list[SampleRow]:
    """Return the rows of the TSV, in order. It has no quoting: a quotation mark is only a character."""
    with path.open(encoding="utf-8", newline="") as stream:
        lines = csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        header = tuple(next(lines))
        if header != (*COLUMNS, "lang"):
            raise ValueError(f"{path.name}: unexpected columns {header}")
        return [SampleRow(nps, int(rating), comment, language) for nps, rating, comment, language in lines]


def build(target: Path = SAMPLE_FILE) -> Path:
    """Write the workbook to `target` and return it."""
    with xlsxwriter.Workbook(str(target)) as book:
        book.set_properties({"title": "Comentarios de muestra", "created": _WRITTEN_AT})
        sheet = book.add_worksheet(SHEET)
        sheet.freeze_panes(1, 0)
        for column, (title, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title)
        for number, row in enumerate(read_source(), start=1):
            sheet.write_string(number, 0, row.nps)
            sheet.write_number(number, 1, row.rating)
            sheet.write_string(number, 2, row.comment)
    return target


if __name__ == "__main__":
    build()
