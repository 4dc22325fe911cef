"""``/sessions/{id}/versions``: what each version labelled, what changed, and the way back."""

from __future__ import annotations

import pytest

from analysis.models import AnalysisResult, Session, Team
from tests.api.contract import Api
from tests.factories import add_comments, make_result, make_session


@pytest.fixture
def compared(team: Team) -> Session:
    """Three comments, of which a later version reads one otherwise."""
    session = make_session(team)
    rows = [{"text": f"Zorzal {n}", "result": {"engine_version": "a", "is_current": False}} for n in range(3)]
    for number, comment in enumerate(add_comments(session, rows)):
        make_result(comment, engine_version="b", sentiment="mixed" if number == 1 else "neutral").save()
    return session


def test_the_last_two_are_compared_unless_others_are_named(api: Api, compared: Session) -> None:
    AnalysisResult.objects.filter(engine_version="a").update(created_at="2020-01-01T00:00:00Z")
    answer = api.get(f"/sessions/{compared.pk}/versions").json
    assert [(one["version"], one["comments"], one["current"]) for one in answer["versions"]] == [
        ("b", 3, 3),
        ("a", 3, 0),
    ]
    assert answer["comparison"] == {
        "before": "a", "after": "b", "comments": 3, "changed": 1,
        "moves": [{"kind": "sentiment", "before": "neutral", "after": "mixed", "comments": 1}],
    }  # fmt: skip
    turned = api.get(f"/sessions/{compared.pk}/versions", before="b", after="a").json["comparison"]
    assert [(move["before"], move["after"]) for move in turned["moves"]] == [("mixed", "neutral")]


def test_a_session_with_one_version_has_nothing_to_compare(api: Api, session: Session) -> None:
    answer = api.get(f"/sessions/{session.pk}/versions").json
    assert (len(answer["versions"]), answer["comparison"]) == (1, None)


def test_going_back_is_one_request(api: Api, compared: Session) -> None:
    answer = api.post(f"/sessions/{compared.pk}/versions", {"version": "a"})
    assert answer.status == 200
    assert {one["version"]: one["current"] for one in answer.json["versions"]} == {"a": 3, "b": 0}
    assert AnalysisResult.objects.filter(engine_version="a", is_current=True).count() == 3


def test_a_version_without_results_is_a_conflict(api: Api, compared: Session) -> None:
    answer = api.post(f"/sessions/{compared.pk}/versions", {"version": "c"})
    assert (answer.status, answer.json["reason"]) == (409, "no_such_version")


def test_an_unknown_version_to_analyse_with_is_refused_with_what_to_do(api: Api, compared: Session) -> None:
    answer = api.post(f"/sessions/{compared.pk}/reanalyze", {"version": "1-2-3-4"})
    assert (answer.status, answer.code, answer.json["reason"]) == (400, "invalid", "unknown_version")


def test_viewers_look_and_strangers_see_nothing(viewer: Api, stranger: Api, compared: Session) -> None:
    path = f"/sessions/{compared.pk}/versions"
    assert viewer.get(path).status == 200
    assert viewer.post(path, {"version": "a"}).status == 403
    assert stranger.get(path).status == stranger.post(path, {"version": "a"}).status == 404
