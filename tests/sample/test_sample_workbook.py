"""The committed workbook is what the script builds from the readable source."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from analysis.sample import SAMPLE_FILE
from analysis.sample.build import COLUMNS, build, read_source


def cells_of(path: Path) -> list[tuple[object, ...]]:
    """Every row of the only sheet, read by another library than the one that wrote it."""
    book = openpyxl.load_workbook(path, read_only=True)
    try:
        (sheet,) = book.worksheets
        return list(sheet.iter_rows(values_only=True))
    finally:
        book.close()


def test_the_committed_workbook_has_the_cells_of_a_fresh_build(tmp_path: Path) -> None:
    assert cells_of(SAMPLE_FILE) == cells_of(build(tmp_path / "again.xlsx"))


def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    assert build(tmp_path / "one.xlsx").read_bytes() == build(tmp_path / "two.xlsx").read_bytes()


def test_the_workbook_holds_the_source_without_the_language() -> None:
    header, *rows = cells_of(SAMPLE_FILE)
    assert header == COLUMNS
    assert rows == [(row.nps, row.rating, row.comment) for row in read_source()]


def test_a_source_with_other_columns_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "other.tsv"
    source.write_text("Nota\tComentario\n9\tbien\n", encoding="utf-8")
    with pytest.raises(ValueError, match="unexpected columns"):
        read_source(source)
