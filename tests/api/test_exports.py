"""``/sessions/{id}/export`` streams the comments behind a filter; ``/rejected`` tells what could not be taken."""

from __future__ import annotations

import csv
import io
from io import BytesIO
from typing import Any

import openpyxl
import orjson
import pytest

from analysis.models import Session
from tests.api.contract import Api
from tests.factories import make_session


def rows_of(format_: str, content: bytes) -> list[Any]:
    if format_ == "csv":
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    if format_ == "jsonl":
        return [orjson.loads(line) for line in content.splitlines()]
    if format_ == "json":
        return list(orjson.loads(content)["comments"])
    sheets = openpyxl.load_workbook(BytesIO(content), read_only=True)
    return [row for sheet in sheets for row in sheet.iter_rows(values_only=True)]


class TestExport:
    @pytest.mark.parametrize("format_", ["csv", "jsonl", "json"])
    @pytest.mark.parametrize("params", [{}, {"sentiment": "negative"}])
    def test_holds_the_comments_that_the_list_shows(
        self, api: Api, session: Session, format_: str, params: dict[str, str]
    ) -> None:
        exported = api.get(f"/sessions/{session.pk}/export", format=format_, **params)
        listed = api.get(f"/sessions/{session.pk}/comments", page_size=500, **params).json["results"]
        assert [str(row["id"]) for row in rows_of(format_, exported.content)] == [one["id"] for one in listed]
        assert f".{format_}" in exported.headers["Content-Disposition"]

    def test_a_workbook_has_every_comment(self, api: Api, session: Session) -> None:
        exported = api.get(f"/sessions/{session.pk}/export", format="xlsx")
        texts = {cell for row in rows_of("xlsx", exported.content) for cell in row}
        listed = api.get(f"/sessions/{session.pk}/comments", page_size=500).json["results"]
        assert {one["text"] for one in listed} <= texts

    def test_comes_whatever_the_caller_says_to_accept(self, api: Api, session: Session) -> None:
        answer = api.send("GET", f"/sessions/{session.pk}/export", headers={"Accept": "text/html"})
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")

    @pytest.mark.parametrize(
        ("params", "parameter"),
        [
            ({"format": "pdf"}, "format"),
            ({"delimiter": "|"}, "delimiter"),
            ({"sentimento": "negative"}, "sentimento"),
            ({"session": "x"}, "session"),
            ({"format": ["csv", "json"]}, "format"),
            ({"page_size": "5"}, "page_size"),
        ],
    )
    def test_refuses_what_it_does_not_know(
        self, api: Api, session: Session, params: dict[str, Any], parameter: str
    ) -> None:
        answer = api.get(f"/sessions/{session.pk}/export", **params)
        assert answer.status == 400
        assert answer.json["errors"][0]["parameter"] == parameter

    def test_is_not_for_strangers_nor_without_the_scope(self, api: Api, session: Session, stranger: Api) -> None:
        assert stranger.get(f"/sessions/{session.pk}/export").status == 404
        assert api.user is not None
        assert Api(api.user, scopes=("sessions:read",)).get(f"/sessions/{session.pk}/export").code == "scope_missing"


class TestRejected:
    def test_names_line_column_value_and_reason_in_the_order_of_the_file(self, api: Api, session: Session) -> None:
        first, second = api.get(f"/sessions/{session.pk}/rejected").json["results"]
        assert (first["row_number"], first["line"], first["column"], first["value"]) == (61, 62, "Nota", "once")
        assert (second["reason"], bool(second["detail"])) == ("empty_text", True)

    def test_pages_go_on_where_they_ended(self, api: Api, session: Session) -> None:
        page = api.get(f"/sessions/{session.pk}/rejected", page_size=1).json
        rest = api.send("GET", page["next"]).json
        assert [row["row_number"] for row in page["results"] + rest["results"]] == [61, 62]
        assert rest["next"] is None

    def test_is_a_workbook_too(self, api: Api, session: Session) -> None:
        answer = api.get(f"/sessions/{session.pk}/rejected.xlsx")
        sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
        assert sheet is not None
        assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [61, 62]

    def test_of_a_session_without_any_is_empty(self, api: Api, session: Session) -> None:
        empty = make_session(session.team)
        assert api.get(f"/sessions/{empty.pk}/rejected").json == {"results": [], "next": None, "previous": None}

    @pytest.mark.parametrize("path", ["rejected", "rejected.xlsx"])
    def test_is_not_for_strangers(self, session: Session, stranger: Api, path: str) -> None:
        assert stranger.get(f"/sessions/{session.pk}/{path}").status == 404
