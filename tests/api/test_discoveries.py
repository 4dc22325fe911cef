"""Groups and topics are asked for, watched and read over the API, with the numbers of the page."""

from __future__ import annotations

import pytest

from analysis.models import Discovery, DiscoveryState, Session, SessionState, Team
from analysis.processing.discovering import discover
from tests.api.contract import Api
from tests.factories import add_comments, make_session

OTHER = {"themes": [{"code": "other", "sentiment": "neutral", "confidence": 0.4}]}
SIMILAR = ["se corta todos los dias", "se cortaa todos los dia", "anda bien"] + ["muy lento"] * 3 + ["muuuy lento"]
TOPICS = [f"el perro ladra en la vereda {n}" for n in range(20)] + [
    f"poste torcido en la esquina {n}" for n in range(20)
]


@pytest.fixture
def said(team: Team) -> Session:
    session = make_session(team)
    add_comments(session, [{"text": text, "result": {}} for text in SIMILAR])
    add_comments(session, [{"text": text, "result": OTHER} for text in TOPICS])
    return session


def path(session: Session) -> str:
    return f"/sessions/{session.pk}/discoveries"


def find(api: Api, session: Session, kind: str = "similar", query: str = "") -> Discovery:
    asked = api.post(path(session) + query, {"kind": kind})
    assert asked.status == 202, asked
    assert discover(Discovery.objects.get(pk=asked.json["id"]).pk)
    return Discovery.objects.get(pk=asked.json["id"])


def test_asking_is_202_with_where_to_look(api: Api, said: Session) -> None:
    asked = api.post(path(said), {"kind": "similar"})
    assert (asked.status, asked.json["state"], asked.json["n"]) == (202, "open", None)
    assert asked.headers["Location"] == f"/api/v1{path(said)}"
    assert int(asked.headers["Retry-After"]) >= 1
    assert api.post(path(said), {"kind": "similar"}).json["id"] == asked.json["id"]
    assert "Retry-After" in api.get(path(said)).headers


def test_each_number_is_that_of_the_list_it_names(api: Api, said: Session) -> None:
    for kind in ("similar", "topics"):
        find(api, said, kind)
    answer = api.get(path(said))
    assert "Retry-After" not in answer.headers
    assert [each["kind"] for each in answer.json["results"]] == ["topics", "similar"]
    for each in answer.json["results"]:
        assert each["n"] == each["grouped"] + each["rest"]
        assert sum(group["n"] for group in each["groups"]) == each["grouped"]
        numbers = [(each["rest"], each["rest_comments"])] + [(g["n"], g["comments"]) for g in each["groups"]]
        for number, address in numbers:
            assert len(api.get(address).json["results"]) == min(number, 50)
    assert answer.json["results"][1]["n"] == said.stored_count


def test_groups_have_examples_and_topics_words(api: Api, said: Session) -> None:
    for kind in ("similar", "topics"):
        find(api, said, kind)
    topics, similar = api.get(path(said)).json["results"]
    assert similar["groups"][0]["words"] == []
    assert similar["groups"][0]["examples"][0]["text"] == "muy lento"
    assert all(3 <= len(group["examples"]) <= 5 and group["words"] for group in topics["groups"])
    listed = {each["id"] for each in api.get(topics["groups"][0]["comments"]).json["results"]}
    assert {each["id"] for each in topics["groups"][0]["examples"]} <= listed


def test_a_filter_and_a_number_of_groups_may_be_given(api: Api, said: Session) -> None:
    find(api, said, query="?q=lento")
    (found,) = api.get(path(said), kind="similar", top=0).json["results"]
    assert (found["filter"], found["n"], found["groups_total"], found["groups"]) == ("q=lento", 4, 1, [])
    assert api.get(path(said), kind="topics").json["results"] == []


def test_what_changed_since_is_said(api: Api, said: Session) -> None:
    find(api, said)
    assert api.get(path(said)).json["results"][0]["is_stale"] is False
    Session.objects.filter(pk=said.pk).update(revision=said.revision + 1)
    assert api.get(path(said)).json["results"][0]["is_stale"] is True


def test_a_failure_is_told(api: Api, said: Session) -> None:
    discovery = find(api, said)
    Discovery.objects.filter(pk=discovery.pk).update(state=DiscoveryState.FAILED, error="worker_died", result={})
    (found,) = api.get(path(said)).json["results"]
    assert (found["state"], found["error"], found["groups_total"]) == ("failed", "worker_died", None)


def test_an_answer_one_has_is_not_sent_again(api: Api, said: Session) -> None:
    find(api, said)
    tag = api.get(path(said)).headers["ETag"]
    assert api.send("GET", path(said), headers={"If-None-Match": tag}).status == 304


@pytest.mark.parametrize("body", [None, {}, {"kind": "magic"}, {"kind": 1}, {"kind": "similar", "more": 1}])
def test_what_is_not_understood_is_refused(api: Api, said: Session, body: object) -> None:
    assert api.post(path(said), body).status == 400


@pytest.mark.parametrize("query", ["?colour=red", "?session=1", "?group=1", "?sentiment="])
def test_a_wrong_filter_is_refused(api: Api, said: Session, query: str) -> None:
    assert api.post(path(said) + query, {"kind": "similar"}).status == 400


@pytest.mark.parametrize("params", [{"top": 1001}, {"top": -1}, {"kind": "magic"}, {"page": 1}])
def test_wrong_parameters_are_refused(api: Api, said: Session, params: dict[str, object]) -> None:
    assert api.get(path(said), **params).status == 400


def test_a_session_at_work_or_without_comments_is_a_conflict(api: Api, said: Session, team: Team) -> None:
    assert api.post(path(make_session(team)), {"kind": "similar"}).status == 409
    Session.objects.filter(pk=said.pk).update(state=SessionState.RUNNING)
    assert api.post(path(said), {"kind": "similar"}).status == 409


def test_viewers_read_and_strangers_do_not(viewer: Api, stranger: Api, anonymous: Api, api: Api, said: Session) -> None:
    find(api, said)
    assert len(viewer.get(path(said)).json["results"]) == 1
    assert viewer.post(path(said), {"kind": "similar"}).status == 403
    assert stranger.get(path(said)).status == stranger.post(path(said), {"kind": "similar"}).status == 404
    assert anonymous.get(path(said)).status == 401


def test_another_teams_group_lists_nothing(stranger: Api, api: Api, said: Session) -> None:
    discovery = find(api, said)
    assert stranger.get("/comments", group=f"{discovery.pk}:1").json["results"] == []
