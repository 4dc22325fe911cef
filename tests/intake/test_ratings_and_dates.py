"""Ratings and dates in the spellings that people, spreadsheets and programs use."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.intake.dates import DateRangeError, order_of, parse_date
from analysis.intake.parse import inspect
from analysis.intake.ratings import detect_scale, nps_group, parse_nps, parse_rating
from analysis.intake.types import ReadOptions
from tests.intake.making import delimited, read, workbook, write


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("9", 9), (" 10 ", 10), ("0", 0), ("9.5", 9.5), ("9,5", 9.5), ("9/10", 9), ("9 / 10", 9), ("8 de 10", 8),
        ("10 - Excelente", 10), ("7 (bueno)", 7), ("4/5", 7.5), ("", None), ("-", None), ("N/A", None), ("s/d", None),
    ],
)  # fmt: skip
def test_ratings_are_read_on_ten(text: str, rating: float | None) -> None:
    assert parse_rating(text) == rating


@pytest.mark.parametrize("text", ["11", "-1", "nueve", "9 10", "1e1", "5/7", "100", "9/5", "inf"])
def test_what_is_no_rating_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_rating(text)


def test_a_scale_of_five_is_mapped_onto_ten() -> None:
    assert [parse_rating(str(number), "1-5") for number in range(1, 6)] == [0, 2.5, 5, 7.5, 10]
    assert parse_rating("9/10", "1-5") == 9
    with pytest.raises(ValueError, match="6"):
        parse_rating("6", "1-5")


@given(st.integers(0, 10))
def test_groups_follow_the_definition_of_nps(rating: int) -> None:
    expected = "promoter" if rating in {9, 10} else "passive" if rating in {7, 8} else "detractor"
    assert nps_group(rating) == expected
    assert parse_nps(str(rating)) == (expected, rating)


@pytest.mark.parametrize(
    ("label", "group"),
    [("Promotor", "promoter"), ("PASIVO", "passive"), ("detractores", "detractor"), ("Neutro", "passive"), ("", None)],
)
def test_nps_labels_are_read(label: str, group: str | None) -> None:
    assert parse_nps(label) == (group, None)


@pytest.mark.parametrize(
    ("name", "values", "groups", "scale"),
    [
        ("Nota", "5 4 3 5 1", "", "1-5"),
        ("Nota", "5 4 3 5 6", "", "0-10"),
        ("Nota", "5 4 3 5 0", "", "0-10"),
        ("Nota", "5 4", "", "0-10"),
        ("Nota (1-5)", "5 4", "", "1-5"),
        ("Nota (0-10)", "5 4 3 5 1", "", "0-10"),
        ("Nota", "5 4 3 5 1", "Promotor Pasivo Detractor Promotor Detractor", "1-5"),
        ("Nota", "5 4 3 5 1", "Detractor Detractor Detractor Detractor Detractor", "0-10"),
        ("Nota", "5/5 4/5 3/5 5/5 1/5", "", "0-10"),
    ],
)
def test_the_scale_follows_the_name_the_values_and_the_labels(name: str, values: str, groups: str, scale: str) -> None:
    assert detect_scale(name, values.split(), groups.split()) == scale


def test_a_scale_of_five_must_hold_in_the_whole_file(tmp_path: Path) -> None:
    fives = [("Comentario", "Nota"), *[("lento", "4")] * 3000]
    assert inspect(write(tmp_path / "f.csv", delimited(fives)), "f.csv").rating_scale == "1-5"
    mixed = delimited([*fives, ("bueno", "9")])
    assert inspect(write(tmp_path / "m.csv", mixed), "m.csv").rating_scale == "0-10"
    good, bad = read(tmp_path / "f.csv")
    assert (good[0].rating, good[0].nps_group, bad) == (7.5, "passive", [])


def test_a_numeric_nps_is_the_rating_when_there_is_no_other(tmp_path: Path) -> None:
    good, _ = read(write(tmp_path / "f.csv", "NPS,Comentario\n9,bien\n3,mal\n,nada\n"))
    assert [(row.rating, row.nps_group) for row in good] == [(9, "promoter"), (3, "detractor"), (None, None)]


def test_the_label_of_the_file_goes_before_the_rating(tmp_path: Path) -> None:
    good, _ = read(write(tmp_path / "f.csv", "NPS,Nota,Comentario\nPasivo,10,bien\n,10,mal\n"))
    assert [row.nps_group for row in good] == ["passive", "promoter"]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("15/01/2024", "2024-01-15"), ("3/4/2024", "2024-04-03"), ("03-04-24", "2024-04-03"),
        ("15.1.2024", "2024-01-15"), ("2024-01-15", "2024-01-15"), ("2024/1/5", "2024-01-05"),
        ("20240115", "2024-01-15"), ("15/01/2024 18:30", "2024-01-15T18:30:00"),
        ("15/01/2024 6:30:05 p. m.", "2024-01-15T18:30:05"), ("15/01/2024 12:05 AM", "2024-01-15T00:05:00"),
        ("2024-01-15T18:30:05Z", "2024-01-15T18:30:05+00:00"),
        ("2024-01-15 18:30:05.123-04:00", "2024-01-15T18:30:05.123000-04:00"),
        ("15 de enero de 2024", "2024-01-15"), ("lunes, 15 de enero del 2024", "2024-01-15"),
        ("15-ene-2024", "2024-01-15"), ("15 set. 24", "2024-09-15"), ("January 15, 2024", "2024-01-15"),
        ("45306", "2024-01-15"), ("45306.75", "2024-01-15T18:00:00"), ("1705343405", "2024-01-15T18:30:05+00:00"),
        ("1705343405000", "2024-01-15T18:30:05+00:00"),
    ],
)  # fmt: skip
def test_dates_are_read_day_first(text: str, iso: str) -> None:
    assert parse_date(text) == iso


@pytest.mark.parametrize(
    "text", ["31/02/2024", "15/13/2024", "ayer", "2024", "12", "15/01", "25:00", "15 de brumario de 2024"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_date(text)


@pytest.mark.parametrize("text", ["01/01/1905", "15/01/2124", "31/12/1989", "9999-12-31"])
def test_a_date_out_of_range_is_told_apart(text: str) -> None:
    with pytest.raises(DateRangeError):
        parse_date(text)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2024, 12, 31)), st.sampled_from(["%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y"]))
def test_every_day_comes_back(day: dt.date, shape: str) -> None:
    assert parse_date(f"{day:{shape}}") == day.isoformat()


@given(st.dates(dt.date(1990, 1, 1), dt.date(2024, 12, 31)))
def test_every_day_comes_back_from_its_serial_number(day: dt.date) -> None:
    assert parse_date(str((day - dt.date(1899, 12, 30)).days)) == day.isoformat()


@pytest.mark.parametrize(
    ("text", "order"), [("25/12/2024", True), ("12/25/2024", False), ("03/04/2024", None), ("x", None)]
)
def test_some_dates_tell_the_order(text: str, order: bool | None) -> None:
    assert order_of(text) is order


def test_month_first_needs_proof(tmp_path: Path) -> None:
    proved = write(tmp_path / "p.csv", "Fecha,Comentario\n03/04/2024,a\n12/25/2024,b\n")
    assert [row.written_at for row in read(proved)[0]] == ["2024-03-04", "2024-12-25"]
    good, bad = read(proved, ReadOptions(day_first=True))
    assert ([row.written_at for row in good], [row.reason for row in bad]) == (["2024-04-03"], ["bad_date"])
    contested = write(tmp_path / "c.csv", "Fecha,Comentario\n25/12/2024,a\n12/25/2024,b\n")
    assert [row.reason for row in read(contested)[1]] == ["bad_date"]


def test_dates_of_a_workbook_come_as_they_are(tmp_path: Path) -> None:
    rows = [("Fecha", "Comentario"), (dt.date(2024, 1, 15), "a"), (dt.datetime(2024, 1, 15, 18, 30), "b"), (45306, "c")]  # noqa: DTZ001 - a cell has no zone
    good, _ = read(workbook(tmp_path / "f.xlsx", {"Hoja1": rows}))
    assert [row.written_at for row in good] == ["2024-01-15", "2024-01-15T18:30:00", "2024-01-15"]
