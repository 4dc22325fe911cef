"""What is stored of a row: normalised, masked, numbered; what cannot be is set aside with column, value and reason."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.intake.cleaning import clean_text
from analysis.intake.customers import customer_ref, is_counter, keeps_as_code
from analysis.intake.parse import read_rows
from analysis.intake.reading import read_file
from analysis.intake.types import FIELDS, ReadOptions
from analysis.text.pii import mask_pii
from tests.intake.making import HEADER, delimited, json_lines, old_workbook, read, workbook, write

KEY = b"a key that lasts"


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("  muy   lento ", "muy lento"),
        ("uno\r\n\r\n  dos\tres", "uno\ndos res"),
        ("a\x00b\x07c", "abc"),
        ("sen\u0303al", "señal"),
        ("g\u0303", "g\u0303"),
        ("ñe’ẽ ñeʼẽ ñe'ẽ ñe´ẽ", "ñe’ẽ ñeʼẽ ñe'ẽ ñe´ẽ"),
        ("a\u00a0b\u200bc\ufeff", "a bc"),
        ("bien \ud83d", "bien"),
        ("👨\u200d👩\u200d👧 👍🏽", "👨\u200d👩\u200d👧 👍🏽"),
        ("09\u200d81", "0981"),
        ("=1+1", "=1+1"),
    ],
)
def test_texts_are_normalised(raw: str, stored: str) -> None:
    assert clean_text(raw) == stored


@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing_more(raw: str) -> None:
    text = clean_text(raw)
    assert clean_text(text) == text
    assert unicodedata.is_normalized("NFC", text)
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in text.replace("\n", ""))
    text.encode()


def test_wholly_blank_lines_are_counted_but_are_no_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", "Comentario,Nota\n\nuno,1\n,\n  ,  \ndos,2\n\n")
    batches = list(read_rows(path, path.name))
    assert [(row.row, row.line, row.text) for row in batches[0].good] == [(1, 3, "uno"), (2, 6, "dos")]
    assert (len(batches), batches[0].blank, batches[0].rows_read) == (1, 4, 2)


@pytest.mark.parametrize(
    ("cells", "column", "value", "reason"),
    [
        ("9,15/01/2024,", "Comentario", "", "empty_text"),
        ("9,15/01/2024,\x00\x01", "Comentario", "", "empty_text"),
        ("11,15/01/2024,bien", "Nota", "11", "bad_rating"),
        ("x,15/01/2024,bien", "Nota", "x", "bad_rating"),
        ("9,31/02/2024,bien", "Fecha", "31/02/2024", "bad_date"),
        ("9,15/01/1890,bien", "Fecha", "15/01/1890", "date_out_of_range"),
        ("9,15/01/2024,bien,sobra", "", "sobra", "too_many_cells"),
        ("9,15/01/2024," + "x" * 10_001, "Comentario", "x" * 500, "text_too_long"),
        ("llame al 0981123456,15/01/2024,bien", "Nota", "llame al [phone]", "bad_rating"),
    ],
)
def test_a_bad_row_is_set_aside(tmp_path: Path, cells: str, column: str, value: str, reason: str) -> None:
    good_row = "9,15/01/2024,bien\n"
    path = write(tmp_path / "f.csv", "Nota,Fecha,Comentario\n" + good_row * 3 + cells + "\n" + good_row)
    good, bad = read(path)
    assert [row.row for row in good] == [1, 2, 3, 5]
    assert [(row.row, row.line, row.column, row.value, row.reason) for row in bad] == [(4, 5, column, value, reason)]
    assert set(bad[0].cells) == {"Nota", "Fecha", "Comentario"}


def test_a_cell_of_a_million_characters_costs_one_row_only(tmp_path: Path) -> None:
    rows = [("Nota", "Comentario"), ("9", "x" * 1_000_000), ("8", "bien")]
    lines = json_lines([{"Nota": rating, "Comentario": text} for rating, text in rows[1:]])
    for path in (write(tmp_path / "f.csv", delimited(rows)), write(tmp_path / "f.jsonl", lines)):
        good, bad = read(path)
        assert [(row.row, row.text) for row in good] == [(2, "bien")]
        assert [(row.row, row.reason, len(row.cells["Comentario"])) for row in bad] == [(1, "text_too_long", 32_000)]


def test_cells_too_many_are_kept_in_the_last_column_to_be_mended(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", "Nota,Comentario\n9,bien\n3,caro, lento, malo\n7,bien\n")
    assert read(path)[1][0].cells == {"Nota": "3", "Comentario": "caro,lento,malo"}


def test_rows_that_end_early_have_empty_cells(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path / "f.csv", "Comentario,Zona,Plan\nlento\ncaro,Sur\nmalo,Sur,Fibra,,\n"))
    assert [(row.text, row.region, row.service) for row in good] == [
        ("lento", "", ""), ("caro", "Sur", ""), ("malo", "Sur", "Fibra"),
    ]  # fmt: skip
    assert bad == []


def test_a_stray_quote_costs_one_row_only(tmp_path: Path) -> None:
    rows = [f"{number % 10},comentario {number}" for number in range(400)]
    rows[100] = '5,"muy lento'
    good, bad = read(write(tmp_path / "f.csv", "Nota,Comentario\n" + "\n".join(rows) + "\n"))
    assert [(row.row, row.line, row.reason) for row in bad] == [(101, 102, "bad_row")]
    assert len(good) == 399
    assert (good[-1].row, good[-1].line, good[-1].text) == (400, 401, "comentario 399")


def test_a_stray_quote_near_the_end_costs_one_row_only(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path / "f.csv", 'Nota,Comentario\n1,a\n5,"muy lento\n2,b\n3,c\n'))
    assert [row.text for row in good] == ["a", "b", "c"]
    assert [(row.line, row.reason, row.cells) for row in bad] == [(3, "bad_row", {"Comentario": '5,"muy lento'})]


def test_two_stray_quotes_do_not_swallow_the_rows_between(tmp_path: Path) -> None:
    content = 'Nota,Comentario,Zona\n1,a,Sur\n5,"muy lento,Sur\n2,b,Sur\n3,c" y malo,Sur\n4,d,Sur\n'
    good, bad = read(write(tmp_path / "f.csv", content))
    assert {row.line for row in good} | {row.line for row in bad} == {2, 3, 4, 5, 6}
    assert "b" in [row.text for row in good]


def test_lines_that_are_no_json_are_set_aside(tmp_path: Path) -> None:
    items = json_lines([{"comentario": "uno", "nota": 9}, {"comentario": "dos", "nota": None}])
    good, bad = read(write(tmp_path / "f.jsonl", items + b'{"comentario": \n[1, 2]\n\n"suelto"\n'))
    assert [(row.text, row.rating) for row in good] == [("uno", 9), ("dos", None)]
    assert [(row.line, row.reason) for row in bad] == [(3, "bad_row"), (4, "bad_row"), (6, "empty_text")]


def test_odd_json_values_become_text(tmp_path: Path) -> None:
    items = [
        {"comentario": "a", "id": 123456789012345678901234567890, "region": {"x": [1]}, "nota": 9.50},
        {"comentario": True, "nota": float("nan")},
    ]
    good, bad = read(write(tmp_path / "f.jsonl", json_lines(items)), pseudonym_key=KEY)
    assert good[0].region == '{"x": ["1"]}'
    assert good[0].rating == 9.5
    assert good[0].customer_ref.startswith("c_")
    assert [row.text for row in good[1:]] == ["true"]
    assert bad == []


def test_numbers_and_booleans_of_a_workbook_become_text(tmp_path: Path) -> None:
    rows = [("Comentario", "Nota", "id cliente"), ("uno", 9.0, 1234.0), (5.0, 8.5, True), ("=HOY()", "7", "X-1")]
    for path in (workbook(tmp_path / "f.xlsx", {"a": rows}), old_workbook(tmp_path / "f.xls", rows)):
        good, _ = read(path)
        assert [(row.text, row.rating, row.customer_ref) for row in good] == [
            ("uno", 9, "1234"), ("5", 8.5, "[id]"), ("=HOY()", 7, "X-1"),
        ]  # fmt: skip


@pytest.mark.parametrize("value", ["12345", "CLI-000123", "A7", "c_0123456789abcdef0123", "AB/12.3"])
def test_opaque_codes_of_customers_stay(value: str) -> None:
    assert keeps_as_code(value)
    assert customer_ref(value, KEY) == (value, False)


@pytest.mark.parametrize(
    "value", ["4567890", "4.567.890", "80012345-6", "0981 123 456", "a@b.py", "Juan Pérez", "CI 4567890", "ci-4567890"]
)
def test_references_that_say_who_it_is_become_pseudonyms(value: str) -> None:
    reference, masked = customer_ref(value, KEY)
    assert masked
    assert keeps_as_code(reference)
    assert customer_ref(value, KEY) == (reference, True)
    assert customer_ref(value, b"another key")[0] != reference
    assert customer_ref(value, b"") == ("[id]", True)


def test_one_number_written_in_two_ways_is_one_customer() -> None:
    assert customer_ref("4.567.890", KEY) == customer_ref("4567890", KEY)


def test_a_column_that_counts_its_rows_is_no_customer_data(tmp_path: Path) -> None:
    assert is_counter(["100001", "100002", "100004"])
    assert not is_counter(["4567890", "1234567", "7654321"])
    rows = [("id", "comentario"), *[(str(1_000_000 + number), f"texto {number}") for number in range(50)]]
    good, _ = read(write(tmp_path / "f.csv", delimited(rows)))
    assert good[-1].customer_ref == "1000049"


def test_no_personal_data_is_left_in_any_field(tmp_path: Path) -> None:
    phone, mail, card, identity = "0981123456", "ana@correo.py", "4111111111111111", "4567890"
    header = ("Comentario", "Ciudad", "Plan", "Canal", "Cliente", "Nota", "Otra", "Teléfono")
    rows: list[tuple[str, ...]] = [header]
    for nota in ("9", "no sé"):
        for index in range(8):
            row = ["x", "y", "z", "w", "v", nota, "u", "t"]
            row[index] = f"soy {identity}, {phone}, {mail}, {card}"
            rows.append(tuple(row))
    good, bad = read(write(tmp_path / f"{phone}.csv", delimited(rows)), pseudonym_key=KEY)
    assert len(good) + len(bad) == 16
    assert not [secret for secret in (phone, mail, card, identity) if secret in repr((good, bad))]


def test_reading_goes_on_behind_the_rows_that_were_stored(tmp_path: Path) -> None:
    rows = [HEADER, *[("Pasivo", "x" if number % 7 == 0 else "7", f"texto {number}") for number in range(2600)]]
    path = write(tmp_path / "f.csv", delimited(rows))
    whole = list(read_rows(path, path.name))
    assert [batch.rows_read for batch in whole] == [1000, 2000, 2600]
    rest = list(read_rows(path, path.name, skip_rows=1000))
    assert rest == whole[1:]
    assert list(read_rows(path, path.name, skip_rows=2600)) == []


def test_a_batch_of_long_texts_is_handed_over_early(tmp_path: Path) -> None:
    rows = [("Comentario",), *[("x" * 9000 + str(number),) for number in range(500)]]
    path = write(tmp_path / "f.csv", delimited(rows))
    batches = list(read_rows(path, path.name))
    assert len(batches) > 1
    assert sum(len(batch.good) for batch in batches) == 500


def test_each_row_is_accounted_for(tmp_path: Path) -> None:
    lines = ["Nota,Comentario"]
    lines += [f"{number % 13},{'' if number % 5 == 0 else 'texto'}{',,' * (number % 3)}" for number in range(3000)]
    good, bad = read(write(tmp_path / "f.csv", "\n".join(lines)), ReadOptions())
    assert sorted([row.row for row in good] + [row.row for row in bad]) == list(range(1, 3001))


cells = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\n\r\t"), max_size=20)


@given(st.lists(st.tuples(cells, cells, cells), max_size=12), st.sampled_from([",", ";", "\t", "|"]))
def test_any_well_formed_table_comes_back_row_by_row(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], delimiter: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "table.csv"
    write(path, delimited([("Comentario", "b", "c"), ("uno", "", ""), *rows], delimiter))
    columns: dict[str, str | None] = {**dict.fromkeys(FIELDS), "comment": "Comentario"}
    options = ReadOptions(encoding="utf-8", delimiter=delimiter, header_row=1, columns=columns)
    (batch,) = read_file(path, path.name, options, 0, b"")
    filled = [row for row in rows if any(cell and not cell.isspace() for cell in row)]
    expected = [mask_pii(clean_text(row[0]))[0] for row in filled]
    assert [row[2] for row in batch.good] == ["uno", *filter(None, expected)]
    assert [row[4] for row in batch.bad] == ["empty_text"] * expected.count("")
