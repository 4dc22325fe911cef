"""Every format, delimiter and encoding brings in the same comments, ratings and groups."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.intake.parse import inspect
from analysis.intake.types import CleanRow, ReadOptions
from tests.intake.making import (
    HEADER,
    LATIN_ROWS,
    ROWS,
    delimited,
    json_lines,
    old_workbook,
    read,
    records,
    workbook,
    write,
)

WIDE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]
NARROW = ["cp1252", "latin-1"]
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


def check(found: list[CleanRow], expected: tuple[tuple[str, str, str], ...]) -> None:
    """Compare what came in with what was written."""
    assert [(row.text, row.rating) for row in found] == [(text, float(rating)) for _, rating, text in expected]
    groups = {"Promotor": "promoter", "Pasivo": "passive", "Detractor": "detractor"}
    assert [row.nps_group for row in found] == [groups[nps] for nps, _, _ in expected]
    assert [row.row for row in found] == list(range(1, len(expected) + 1))


@pytest.mark.parametrize("encoding", WIDE + NARROW)
@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("extension", ["csv", "tsv", "txt", "dat"])
def test_delimited_text(tmp_path: Path, extension: str, delimiter: str, encoding: str) -> None:
    if extension == "tsv":
        delimiter = "tab"
    rows = LATIN_ROWS if encoding in NARROW else ROWS
    path = write(tmp_path / f"f.{extension}", delimited([HEADER, *rows], DELIMITERS[delimiter], encoding))
    good, bad = read(path)
    check(good, rows)
    assert bad == []


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("shape", ["array", "data", "comments", "records", "items", "results", "nested", "lines"])
def test_json(tmp_path: Path, shape: str, encoding: str) -> None:
    items = records()
    shapes: dict[str, object] = {"array": items, "nested": {"ok": True, "data": {"n": 1, "comments": items}}}
    if shape == "lines":
        text = json_lines(items).decode()
    else:
        text = json.dumps(shapes.get(shape, {"total": 6, "meta": {"a": [1]}, shape: items}), ensure_ascii=False)
    good, bad = read(write(tmp_path / ("f.jsonl" if shape == "lines" else "f.json"), text.encode(encoding)))
    check(good, ROWS)
    assert bad == []


@pytest.mark.parametrize("make", [lambda path, rows: workbook(path, {"Hoja1": rows}), old_workbook])
@pytest.mark.parametrize("name", ["f.xlsx", "f.xls", "f.csv", "f"])
def test_workbooks_are_known_by_content(
    tmp_path: Path, make: Callable[[Path, list[tuple[object, ...]]], Path], name: str
) -> None:
    rows: list[tuple[object, ...]] = [HEADER, *((nps, int(rating), text) for nps, rating, text in ROWS)]
    path = make(tmp_path / name, rows)
    good, bad = read(path)
    check(good, ROWS)
    assert bad == []


def test_a_workbook_called_csv_is_read_with_a_warning(tmp_path: Path) -> None:
    path = workbook(tmp_path / "f.csv", {"Hoja1": [HEADER, *ROWS]})
    inspection = inspect(path, "f.csv")
    assert inspection.format == "xlsx"
    assert [warning.code for warning in inspection.warnings] == ["name_and_content"]


def test_text_with_a_comment_a_line(tmp_path: Path) -> None:
    texts = ["Muy lento, se corta", "Excelente; gracias", "", "Caro", "iporã ’che"]
    good, bad = read(write(tmp_path / "f.txt", "\n".join(texts)))
    assert [(row.row, row.line, row.text) for row in good] == [
        (1, 1, texts[0]), (2, 2, texts[1]), (3, 4, texts[3]), (4, 5, texts[4]),
    ]  # fmt: skip
    assert bad == []
    assert inspect(tmp_path / "f.txt", "f.txt").warnings == ()


def test_strings_in_a_json_array_are_comments(tmp_path: Path) -> None:
    good, _ = read(write(tmp_path / "f.json", '["lento", "caro"]'))
    assert [row.text for row in good] == ["lento", "caro"]


@pytest.mark.parametrize(
    ("encoding", "text"), [("cp1252", "señal pésima, “caro” €"), ("latin-1", "señal pésima"), ("cp850", "señal pésima")]
)
def test_old_encodings_are_told_apart(tmp_path: Path, encoding: str, text: str) -> None:
    good, _ = read(write(tmp_path / "f.csv", f"Comentario\n{text}\nno anda más\n".encode(encoding)))
    assert good[0].text == text


def test_a_few_stray_bytes_do_not_spoil_a_utf8_file(tmp_path: Path) -> None:
    lines = ["Comentario", *["mañana será mejor, ñandú"] * 50]
    path = write(tmp_path / "f.csv", "\n".join(lines).encode() + "\nseñal".encode("cp1252"))
    good, _ = read(path)
    assert good[-1].text == "señal"
    assert good[0].text == lines[1]
    assert [warning.code for warning in inspect(path, "f.csv").warnings] == ["mixed_encoding"]


def test_the_encoding_can_be_told(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", "Comentario\nseñal".encode("cp850"))
    good, _ = read(path, ReadOptions(encoding="cp850"))
    assert good[0].text == "señal"


def test_the_delimiter_can_be_told(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", "Comentario;Zona\nlento, caro;Sur\n")
    good, _ = read(path, ReadOptions(delimiter=";"))
    assert (good[0].text, good[0].region) == ("lento, caro", "Sur")


def test_excel_may_declare_the_delimiter(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path / "f.csv", "sep=;\nComentario;Zona\nlento;Sur\n"))
    assert [(row.text, row.region, row.line) for row in good] == [("lento", "Sur", 3)]
    assert bad == []


def test_a_title_above_the_names_does_not_hide_the_delimiter(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path / "f.csv", "Comentarios\n\nNota;Comentario;Zona\n9;lento, caro;Sur\n"))
    assert [(row.row, row.line, row.text, row.rating, row.region) for row in good] == [(1, 4, "lento, caro", 9, "Sur")]
    assert bad == []


def test_one_column_with_unquoted_commas_is_no_table(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path / "f.csv", "Comentario\nbueno, pero caro\nlento\nmalo, muy malo, malísimo\n"))
    assert [row.text for row in good] == ["bueno, pero caro", "lento", "malo, muy malo, malísimo"]
    assert bad == []
