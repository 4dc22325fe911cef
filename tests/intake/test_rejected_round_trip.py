"""Rows that were set aside go out as a workbook, are mended by a person and come back under their own numbers."""

from __future__ import annotations

import io
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.intake.cleaning import clean_text
from analysis.intake.columns import MARKS
from analysis.intake.errors import REASONS
from analysis.intake.parse import for_mended, inspect, settle
from analysis.intake.rejected import write_rejected
from analysis.intake.types import BadRow, ReadOptions
from analysis.text.pii import mask_pii
from tests.intake.making import delimited, read, workbook, write

HEADER = ("Fecha", "Nota", "Comentario", "Extra")
ROWS = [
    HEADER,
    ("15/01/2024", "4", "uno", "a"),
    ("31/02/2024", "5", "dos", "b"),
    ("15/01/2024", "99", "=HYPERLINK(1)", "c"),
    ("15/01/2024", "3", "", "d"),
    ("16/01/2024", "5", "cinco", "e"),
    ("16/01/2024", "1", "seis", "f"),
    ("16/01/2024", "2", "siete", "g"),
]


def mend(path: Path, column: str, row: int, value: object) -> None:
    """Change a cell as a person would, with another program than the one that wrote it."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    names = [cell.value for cell in sheet[1]]
    sheet.cell(row, names.index(column) + 1, value)
    book.save(path)


def test_a_mended_row_keeps_its_number(tmp_path: Path) -> None:
    original = write(tmp_path / "f.csv", delimited(ROWS))
    settled = settle(inspect(original, original.name))
    good, bad = read(original, settled)
    assert ([row.row for row in good], [row.row for row in bad]) == ([1, 5, 6, 7], [2, 3, 4])

    path = tmp_path / "rejected.xlsx"
    assert write_rejected(path, HEADER, bad, origin="session-7") == 3
    mend(path, "Fecha", 2, "28/02/2024")
    mend(path, "Nota", 3, 2)

    inspection = inspect(path, path.name)
    assert (inspection.mended, inspection.origin) == (True, "session-7")
    assert [column.name for column in inspection.columns] == list(HEADER)
    back, still_bad = read(path, for_mended(settled))
    assert [(row.row, row.text, row.rating, row.written_at) for row in back] == [
        (2, "dos", 10, "2024-02-28"), (3, "=HYPERLINK(1)", 2.5, "2024-01-15"),
    ]  # fmt: skip
    assert [(row.row, row.reason, row.cells) for row in still_bad] == [
        (4, "empty_text", {"Fecha": "15/01/2024", "Nota": "3", "Comentario": "", "Extra": "d"})
    ]


def test_the_workbook_says_what_is_wrong_and_holds_no_formula(tmp_path: Path) -> None:
    bad = read(write(tmp_path / "f.csv", delimited(ROWS)), ReadOptions(rating_scale="1-5"))[1]
    target = io.BytesIO()
    write_rejected(target, HEADER, bad, origin="s", label=lambda reason: f"¡{reason}!")
    sheet = openpyxl.load_workbook(target).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == (*MARKS, *HEADER)
    assert rows[2] == (3, 4, "Nota", "¡bad_rating!", "s", "15/01/2024", "99", "=HYPERLINK(1)", "c")
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s", "n"}


def test_numbers_that_were_changed_or_repeated_are_refused(tmp_path: Path) -> None:
    numbers = ["4", "4", "x", "", "0", "-3", "12345678901", "7"]
    rows = [(*MARKS, "Comentario"), *[(number, 2, "", "", "s", f"texto {i}") for i, number in enumerate(numbers)]]
    good, bad = read(workbook(tmp_path / "r.xlsx", {"a": rows}))
    assert [(row.row, row.text) for row in good] == [(4, "texto 0"), (7, "texto 7")]
    assert [(row.row, row.reason) for row in bad] == [(0, "bad_origin")] * 6


def test_it_may_come_back_as_csv(tmp_path: Path) -> None:
    rows = [[*MARKS, "Comentario"], ["12", "13", "", "", "s", "mejor"]]
    path = write(tmp_path / "r.csv", delimited(rows, ";", "cp1252"))
    assert inspect(path, path.name).mended
    assert [(row.row, row.line, row.text) for row in read(path)[0]] == [(12, 2, "mejor")]


cells = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=30)


@settings(max_examples=15, deadline=None)
@given(st.lists(cells, min_size=1, max_size=20))
def test_any_text_comes_back_as_it_went_out(texts: list[str]) -> None:
    stored = [mask_pii(clean_text(text))[0] for text in texts]
    rows = [BadRow(number, number + 1, "Nota", "99", "bad_rating", {"Nota": "", "Comentario": text})
            for number, text in enumerate(stored, start=1)]  # fmt: skip
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rejected.xlsx"
        write_rejected(path, ("Nota", "Comentario"), rows, origin="")
        good, bad = read(path, ReadOptions(columns={"comment": "Comentario"}))
    assert [(row.row, row.text) for row in good] == list(enumerate(stored, start=1))
    assert bad == []


def test_every_reason_has_words() -> None:
    assert all(text.endswith(".") for text in REASONS.values())
