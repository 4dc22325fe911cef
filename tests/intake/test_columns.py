"""Columns are known by their names, then by what they hold; `Nota` is never the comment."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.intake.errors import IntakeError
from analysis.intake.parse import inspect, settle
from analysis.intake.types import Inspection, ReadOptions
from tests.intake.making import HEADER, ROWS, delimited, read, workbook, write


def look(tmp_path: Path, rows: list[tuple[object, ...]], options: ReadOptions | None = None) -> Inspection:
    """Inspect rows as a csv."""
    path = write(tmp_path / "f.csv", delimited([[str(cell) for cell in row] for row in rows]))
    return inspect(path, path.name, options)


def fields(inspection: Inspection) -> dict[str, str]:
    """Field to the name of its column."""
    return {column.field: column.name for column in inspection.columns if column.field}


def table(header: str, cells: str, rows: int = 8) -> list[tuple[object, ...]]:
    """A header and some equal rows, cells divided by bars."""
    return [tuple(header.split("|")), *[tuple(cells.split("|"))] * rows]


def test_the_customers_own_file_is_understood(tmp_path: Path) -> None:
    inspection = look(tmp_path, [HEADER, *ROWS])
    assert fields(inspection) == {"nps": "NPS", "rating": "Nota", "comment": "Comentario Final"}
    assert (inspection.header_row, inspection.rating_scale, inspection.rows_estimate) == (1, "0-10", 6)
    assert [column.kind for column in inspection.columns] == ["text", "number", "text"]
    assert inspection.warnings == ()


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("COMENTARIO FINAL", "comment"), ("comentario_final", "comment"), ("Comentários", "comment"),
        ("Observaciones", "comment"), ("Opinión", "comment"), ("texto", "comment"), ("Feedback:", "comment"),
        ("Comentario del cliente", "comment"), ("comentarioFinal", "comment"), ("Respuesta", "comment"),
    ],
)  # fmt: skip
def test_names_of_comment_columns_fold_case_accents_and_signs(tmp_path: Path, header: str, field: str) -> None:
    inspection = look(
        tmp_path, table(f"{header}|Agente que atendió el caso", "lento|un nombre mucho más largo que eso")
    )
    assert fields(inspection)[field] == " ".join(header.split())


def test_all_fields_are_found_by_name(tmp_path: Path) -> None:
    header = "ID Cliente|Fecha|Ciudad|Tipo de servicio|Canal|NPS|Calificación|Comentario"
    cells = "CLI-77|15/01/2024|Asunción|Fibra 300|WhatsApp|Pasivo|7|Anda bien"
    assert fields(look(tmp_path, table(header, cells))) == {
        "customer": "ID Cliente", "date": "Fecha", "region": "Ciudad", "service": "Tipo de servicio",
        "channel": "Canal", "nps": "NPS", "rating": "Calificación", "comment": "Comentario",
    }  # fmt: skip


def test_nota_is_never_the_comment_even_where_it_holds_text(tmp_path: Path) -> None:
    inspection = look(tmp_path, table("Nota|Texto", "una nota larguísima que alguien escribió acá|lento"))
    assert fields(inspection) == {"comment": "Texto"}
    assert [warning.code for warning in inspection.warnings] == ["column_not_believed"]


def test_a_file_with_only_nota_has_no_comment_column(tmp_path: Path) -> None:
    rows = table("Nota|Zona", "muy lento el servicio siempre|Sur")
    inspection = look(tmp_path, rows)
    assert "comment" not in fields(inspection)
    assert "no_comment_column" in [warning.code for warning in inspection.warnings]
    with pytest.raises(IntakeError) as caught:
        read(tmp_path / "f.csv")
    assert caught.value.code == "no_comment_column"


def test_id_cliente_goes_before_id(tmp_path: Path) -> None:
    assert fields(look(tmp_path, table("id|id cliente|comentario", "1|A7|lento")))["customer"] == "id cliente"
    assert fields(look(tmp_path, table("id|comentario", "1|lento")))["customer"] == "id"


def test_the_date_of_an_answer_is_no_answer(tmp_path: Path) -> None:
    found = fields(look(tmp_path, table("Fecha de respuesta|Respuesta", "15/01/2024|lento")))
    assert found == {"date": "Fecha de respuesta", "comment": "Respuesta"}


def test_else_the_text_column_with_the_longest_mean_is_taken(tmp_path: Path) -> None:
    header = "Agente|¿Por qué nos dio esa nota?|Nombre y apellido del titular de la cuenta"
    cells = "Ana|porque se corta todas las noches|María de los Ángeles Giménez de Benítez Caballero"
    inspection = look(tmp_path, table(header, cells))
    assert fields(inspection) == {"comment": "¿Por qué nos dio esa nota?"}
    assert [warning.code for warning in inspection.warnings] == ["comment_guessed"]


def test_columns_can_be_told(tmp_path: Path) -> None:
    rows = table("a|Nota|Comentario", "esto es|4|no esto")
    told = ReadOptions(columns={"comment": "a", "rating": None})
    inspection = look(tmp_path, rows, told)
    assert fields(inspection) == {"comment": "a"}
    assert [column.ignored for column in inspection.columns] == [False, True, True]
    good, _ = read(tmp_path / "f.csv", told)
    assert (good[0].text, good[0].rating) == ("esto es", None)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (ReadOptions(columns={"comment": "nothing"}), "unknown_column"),
        (ReadOptions(columns={"planet": "Nota"}), "bad_option"),
        (ReadOptions(encoding="klingon"), "bad_option"),
        (ReadOptions(encoding="base64"), "bad_option"),
        (ReadOptions(delimiter="x"), "bad_option"),
        (ReadOptions(header_row=500), "bad_option"),
        (ReadOptions(rating_scale="1-7"), "bad_option"),
    ],
)
def test_what_is_told_wrongly_is_refused(tmp_path: Path, options: ReadOptions, code: str) -> None:
    with pytest.raises(IntakeError) as caught:
        look(tmp_path, [HEADER, *ROWS], options)
    assert caught.value.code == code


def test_title_rows_above_the_names_are_passed_over(tmp_path: Path) -> None:
    rows = [("Encuesta de comentarios", "", ""), ("Enero 2024", "", ""), ("", "", ""), HEADER, *ROWS]
    path = workbook(tmp_path / "f.xlsx", {"Hoja1": rows})
    assert inspect(path, path.name).header_row == 4
    good, _ = read(path)
    assert [(row.row, row.line) for row in good] == [(number, number + 4) for number in range(1, 7)]


def test_a_table_without_names_gets_letters(tmp_path: Path) -> None:
    inspection = look(tmp_path, [("5", "muy lento a la noche"), ("7", "anda bien nomás"), ("9", "caro pero bueno")])
    assert inspection.header_row == 0
    assert [(column.name, column.field) for column in inspection.columns] == [("A", None), ("B", "comment")]
    assert "no_header" in [warning.code for warning in inspection.warnings]


def test_the_row_of_names_can_be_told(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [("x", "y"), ("Uno", "Dos"), ("lento todo el día", "1"), ("caro y malo", "2")]
    assert [column.name for column in look(tmp_path, rows, ReadOptions(header_row=2)).columns] == ["Uno", "Dos"]
    assert look(tmp_path, rows, ReadOptions(header_row=0)).rows_estimate == 4


def test_repeated_and_missing_names_are_told_apart(tmp_path: Path) -> None:
    inspection = look(tmp_path, table("Comentario|Comentario||Zona", "lento|otro texto|x|Sur"))
    assert [column.name for column in inspection.columns] == ["Comentario", "Comentario (2)", "C", "Zona"]


def test_the_sheet_with_comments_and_most_rows_is_chosen(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "f.xlsx",
        {
            "hidden": [HEADER, *ROWS * 9],
            "Resumen": [("Zona", "Total")] * 50,
            "Enero": [HEADER, *ROWS],
            "Febrero": [HEADER, *ROWS * 2],
        },
    )
    inspection = inspect(path, path.name)
    assert inspection.sheet == "Febrero"
    assert inspection.sheets == ("Resumen", "Enero", "Febrero")
    assert [warning.params for warning in inspection.warnings] == [{"sheets": "Resumen, Enero"}]
    assert len(read(path, ReadOptions(sheet="Enero"))[0]) == 6
    with pytest.raises(IntakeError) as caught:
        read(path, ReadOptions(sheet="Marzo"))
    assert (caught.value.code, caught.value.params) == ("unknown_sheet", {"sheet": "Marzo"})


def test_samples_are_different_short_and_masked(tmp_path: Path) -> None:
    rows = [("Comentario", "Nombre", "Cliente"), ("x" * 300, "Juan", "4567890"), ("llame al 0981123456", "Ana", "A1")]
    samples = [column.samples for column in look(tmp_path, [*rows, rows[1]]).columns]
    assert samples == [("x" * 120, "llame al [phone]"), ("[masked]",), ("[id]", "A1")]


def test_what_was_detected_can_be_settled(tmp_path: Path) -> None:
    inspection = look(tmp_path, [HEADER, *[(nps, int(rating) // 2 or 1, text) for nps, rating, text in ROWS]])
    settled = settle(inspection, ReadOptions(rating_scale="1-5"))
    assert settled.columns == {
        "comment": "Comentario Final", "rating": "Nota", "nps": "NPS", "date": None, "customer": None,
        "region": None, "service": None, "channel": None,
    }  # fmt: skip
    assert (settled.header_row, settled.day_first, settled.rating_scale) == (1, True, inspection.rating_scale)


def test_the_number_of_rows_is_extrapolated_for_large_files(tmp_path: Path) -> None:
    inspection = look(tmp_path, [HEADER, *ROWS * 2000])
    assert not inspection.rows_exact
    assert inspection.rows_estimate == pytest.approx(12_000, rel=0.05)
    path = workbook(tmp_path / "f.xlsx", {"Hoja1": [HEADER, *ROWS * 2000]})
    assert inspect(path, path.name).rows_estimate == 12_000
