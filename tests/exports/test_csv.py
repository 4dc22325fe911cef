"""CSV opens in a spreadsheet as it is, and computes nothing."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.exports.csv import inert
from analysis.exports.files import Export, ExportError, stream
from analysis.exports.rows import COLUMNS
from analysis.insights.filters import CommentFilter
from analysis.models import Session
from tests import factories
from tests.exports.conftest import HARMFUL, NUMBERS, export_of

pytestmark = pytest.mark.django_db
NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")


def table(export: Export) -> list[dict[str, str]]:
    raw = b"".join(stream(export))
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\xef\xbb\xbf") == 1
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=export.delimiter))


@pytest.mark.parametrize("delimiter", [";", ","])
def test_what_is_read_back_is_what_was_stored(varied: Session, delimiter: str) -> None:
    rows = table(export_of(varied, "csv", delimiter=delimiter))
    comments = list(varied.comments.order_by("row_number"))
    assert tuple(rows[0]) == COLUMNS
    assert [int(row["row"]) for row in rows] == [comment.row_number for comment in comments]
    assert [row["text"].removeprefix("'") for row in rows] == [comment.text for comment in comments]
    assert [row["id"] for row in rows] == [str(comment.pk) for comment in comments]
    assert [float(row["rating"]) if row["rating"] else None for row in rows] == [comment.rating for comment in comments]


def test_harmful_texts_are_inert_and_numbers_unchanged(harmful: Session) -> None:
    rows = table(export_of(harmful, "csv"))
    assert len(rows) == len(HARMFUL) + len(NUMBERS)
    for row, text in zip(rows, (*HARMFUL, *NUMBERS), strict=True):
        harmless = text in NUMBERS or text.startswith("http")
        expected = text if harmless else f"'{text}"
        assert row["text"] == row["region"] == expected
        assert row["service"] == "-12"
        assert row["sentiment_score"] == "-0.25"


@given(st.text(max_size=30))
def test_no_text_is_left_that_begins_like_a_formula(text: str) -> None:
    written = inert(text)
    assert written.removeprefix("'") == text.removeprefix("'")
    assert not re.match(r"[=@\t\r\n＝＋－＠]", written)
    if written[:1] in ("+", "-"):
        assert NUMBER.fullmatch(written)


@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=2))
def test_a_number_written_as_text_stays_a_number(number: object) -> None:
    if NUMBER.fullmatch(str(number)):
        assert inert(str(number)) == str(number)


def test_labels_are_written_as_words() -> None:
    session = factories.make_session()
    themes = [{"code": "speed", "sentiment": "negative"}, {"code": "price", "sentiment": "positive"}]
    factories.add_comment(session, result={"themes": themes, "emotions": [{"code": "anger", "intensity": 0.5}]})
    (row,) = table(export_of(session, "csv"))
    assert row["themes"] == "speed:negative, price:positive"
    assert row["emotions"] == "anger:0.5"
    assert (row["human"], row["duplicate_of"], row["date"]) == ("false", "", "")


def test_line_breaks_and_delimiters_stay_inside_of_their_cell() -> None:
    session = factories.make_session()
    text = 'Primera línea\nsegunda; "citada", fin'
    factories.add_comment(session, text)
    (row,) = table(export_of(session, "csv"))
    assert row["text"] == text


def test_a_delimiter_that_no_spreadsheet_expects_is_refused() -> None:
    with pytest.raises(ExportError):
        Export(CommentFilter(), Session.objects.all(), "csv", delimiter="|")
