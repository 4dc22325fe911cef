"""A refusal is a problem document: one shape for every cause, translated, and it gives nothing away."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client

from analysis.api import engines
from analysis.api.problems import KINDS
from tests.api.contract import Api


def test_names_type_title_status_detail_instance_code_and_trace(api: Api) -> None:
    answer = api.get("/sessions/none")
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json
    assert problem["type"] == "/api/v1/problems#not_found"
    assert (problem["status"], problem["code"], problem["instance"]) == (404, "not_found", "/api/v1/sessions/none")
    assert problem["trace_id"] == answer.headers["X-Request-ID"]


def test_the_caller_s_request_id_comes_back(api: Api) -> None:
    answer = api.send("GET", "/sessions/none", headers={"X-Request-ID": "mine-1"})
    assert answer.headers["X-Request-ID"] == answer.json["trace_id"] == "mine-1"


def test_the_title_follows_the_language_and_the_code_does_not(api: Api) -> None:
    english, spanish = (
        api.send("GET", "/sessions/none", headers={"Accept-Language": language}) for language in ("en", "es")
    )
    assert english.json["title"] == "There is no such thing here."
    assert english.code == spanish.code == "not_found"
    assert english.headers["Content-Language"] == "en"
    assert spanish.headers["Content-Language"] == "es"


@pytest.mark.parametrize("body", [b'{"name": ', b"{'name': 1}", b"\xff", b"nul", b'{"name": NaN}'])
def test_json_that_is_none_is_told_with_its_place(api: Api, body: bytes) -> None:
    answer = api.post("/sessions", body)
    assert (answer.status, answer.code) == (400, "bad_json")
    assert answer.json["position"]["line"] == 1


def test_the_place_counts_lines_and_columns(api: Api) -> None:
    position = api.post("/sessions", b'{"name": "x",\n "engine": ,}').json["position"]
    assert position == {"line": 2, "column": 12, "offset": 25}


def test_a_body_too_large_is_not_even_read(api: Api) -> None:
    answer = api.post("/sessions", {"name": "x" * (1024 * 1024)})
    assert (answer.status, answer.code, answer.json["max_bytes"]) == (413, "too_large", 1024 * 1024)


def test_a_body_of_unknown_length_is_refused(api: Api) -> None:
    answer = api.send("POST", "/sessions", {"name": "x"}, headers={"Transfer-Encoding": "chunked"})
    assert (answer.status, answer.code) == (411, "length_required")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_another_content_type_is_refused(api: Api, kind: str) -> None:
    answer = api.send("POST", "/sessions", b"name=x", content_type=kind)
    assert (answer.status, answer.code) == (415, "unsupported_media_type")


def test_an_answer_that_cannot_be_given_is_refused(api: Api) -> None:
    answer = api.send("GET", "/sessions", headers={"Accept": "text/html"})
    assert (answer.status, answer.code) == (406, "not_acceptable")


def test_another_method_is_refused_with_the_ones_there_are(api: Api) -> None:
    answer = api.send("PUT", "/sessions")
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v1/sesions", "/api/v2/sessions", "/api/v1/sessions/"])
def test_an_address_that_is_none_is_a_404_of_the_same_shape(path: str) -> None:
    response = Client().get(path)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert response["Content-Type"] == "application/problem+json"


def test_a_bug_of_ours_is_a_500_that_gives_nothing_away(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_name: str) -> str:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(engines, "engine_version", broken)
    answer = api.get("/engines")
    assert (answer.status, answer.code) == (500, "server_error")
    assert b"secret" not in answer.content


def test_a_database_that_is_away_is_a_503_that_says_when_to_come_back(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_name: str) -> str:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(engines, "engine_version", away)
    answer = api.get("/engines")
    assert (answer.status, answer.code) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) >= 1


def test_every_code_is_explained_to_everybody(anonymous: Api) -> None:
    explained = anonymous.get("/problems").json["problems"]
    assert {one["code"] for one in explained} == set(KINDS)
