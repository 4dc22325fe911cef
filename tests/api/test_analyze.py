"""``POST /analyze`` labels up to 20 texts while the caller waits, and keeps nothing."""

from __future__ import annotations

import pytest

from analysis.engines.base import EngineError, Verdict
from analysis.models import Comment
from analysis.routing import cache, router
from tests.api.contract import Api


@pytest.fixture(autouse=True)
def _nothing_known() -> None:
    cache.verdicts.forget()


def test_answers_each_text_by_its_id(api: Api) -> None:
    items = [{"id": "a", "text": "Muy lento, pésimo"}, {"text": "Excelente servicio"}]
    answer = api.post("/analyze", {"items": items})
    assert (answer.status, answer.headers["X-Analysis-Route"]) == (200, "immediate")
    assert {one["id"]: one["sentiment"] for one in answer.json["results"]} == {"a": "negative", "1": "positive"}
    assert not Comment.objects.exists()


def test_answers_what_was_asked_before_from_memory_and_says_so(api: Api) -> None:
    items = [{"id": "a", "text": "Muy lento, pésimo"}, {"id": "b", "text": "Excelente servicio"}]
    first = api.post("/analyze", {"items": items[:1]})
    assert first.headers["X-Analysis-Route"] == "immediate"
    partly = api.post("/analyze", {"items": items})
    assert partly.headers["X-Analysis-Route"] == "immediate"
    again = api.post("/analyze", {"items": [items[1] | {"rating": 0}, items[0]]})
    assert again.headers["X-Analysis-Route"] == "cache"
    results = {one["id"]: one for one in again.json["results"]}
    assert results["a"] == first.json["results"][0] == partly.json["results"][0]
    assert (results["b"]["text_sentiment"], results["b"]["rating_mismatch"]) == ("positive", True)


def test_masks_personal_data_before_the_engine_reads(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    label = router.label_texts

    def spy(texts: dict[str, str], *, engine: str, version: str) -> dict[str, Verdict]:
        read.extend(texts.values())
        return label(texts, engine=engine, version=version)

    monkeypatch.setattr(router, "label_texts", spy)
    answer = api.post("/analyze", {"items": [{"text": "No anda, llamen al 0981 123 456"}]})
    assert "0981" not in "".join(read)
    assert b"0981" not in answer.content
    assert answer.json["results"][0]["text"] == read[0]
    assert answer.json["pii_masked"] == answer.json["results"][0]["pii_masked"] == {"phone": 1}


def test_evidence_points_into_the_text_it_gives_back(api: Api) -> None:
    result = api.post("/analyze", {"items": [{"text": "  El internet es  muy lento "}]}).json["results"][0]
    places = [result["text"][one["start"] : one["end"]] for one in result["evidence"] if one["label"] == "theme:speed"]
    assert places
    assert all("lento" in place.lower() for place in places)


def test_joins_a_rating_without_hiding_what_the_text_says(api: Api) -> None:
    result = api.post("/analyze", {"items": [{"text": "Excelente servicio", "rating": 0}]}).json["results"][0]
    assert (result["text_sentiment"], result["rating_mismatch"]) == ("positive", True)


def test_takes_a_thousand_and_sends_more_to_a_session(api: Api) -> None:
    assert len(api.post("/analyze", {"items": [{"text": "Lento"}] * 20}).json["results"]) == 20
    answer = api.post("/analyze", {"items": [{"text": "Lento"}] * 1_001})
    assert (answer.status, answer.code) == (400, "too_many_texts")
    assert "/api/v1/sessions" in answer.json["errors"][0]["hint"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/items"),
        ({"items": []}, "/items"),
        ({"items": "Lento"}, "/items"),
        ({"items": ["Lento"]}, "/items/0"),
        ({"items": [{"text": "Lento"}, {"text": ""}]}, "/items/1/text"),
        ({"items": [{"text": "   "}]}, "/items/0/text"),
        ({"items": [{"text": 5}]}, "/items/0/text"),
        ({"items": [{"text": "x" * 10_001}]}, "/items/0/text"),
        ({"items": [{"text": "x\u0000"}]}, "/items/0/text"),
        ({"items": [{"text": "x", "rating": 11}]}, "/items/0/rating"),
        ({"items": [{"text": "x", "rating": "5"}]}, "/items/0/rating"),
        ({"items": [{"txt": "x"}]}, "/items/0/txt"),
        ({"items": [{"text": "x", "id": "a"}, {"text": "y", "id": "a"}]}, "/items/1/id"),
        ({"items": [{"text": "x", "id": "1"}, {"text": "y"}]}, "/items/1/id"),
        ({"items": [{"text": "x"}], "engine": "magic"}, "/engine"),
    ],
)
def test_names_what_is_wrong(api: Api, body: object, pointer: str) -> None:
    answer = api.post("/analyze", body)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, pointer)


def test_an_engine_that_cannot_answer_is_a_503(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_texts: object, *, engine: str, version: str) -> dict[str, Verdict]:
        raise EngineError(engine, permanent=False)

    monkeypatch.setattr(router, "label_texts", away)
    answer = api.post("/analyze", {"items": [{"text": "Lento"}]})
    assert (answer.status, answer.code) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) >= 1


def test_is_not_for_viewers_or_whoever_does_not_say_who_they_are(viewer: Api, anonymous: Api) -> None:
    body = {"items": [{"text": "Lento"}]}
    assert viewer.post("/analyze", body).json["scope"] == "analyze"
    assert anonymous.post("/analyze", body).status == 401
