"""Ids of another team, hundreds of them, at every address with every method, are as good as ids that never were."""

from __future__ import annotations

import re
import uuid

import pytest
from pytest_django import Settings

from analysis.models import Session
from tests.api.contract import Answer, Api, openapi
from tests.factories import make_session, make_team, make_user

BODIES: dict[str, object] = {
    "sessions_rename": {"name": "Mine"},
    "sessions_comments_add": [{"comment": "Mine"}],
    "comments_correct": {"sentiment": "positive"},
}
OPERATIONS = [
    (method.upper(), path, operation["operationId"])
    for path, methods in openapi()["paths"].items()
    for method, operation in methods.items()
    if "_id}" in path  # what is named by a word, such as an operation, belongs to no team
]


def told(answer: Answer) -> tuple[int, dict[str, object]]:
    """All that a caller can see, but for what names the request itself."""
    return answer.status, {**answer.json, "trace_id": None, "instance": None}


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=[name for *_rest, name in OPERATIONS])
def test_are_the_same_404(
    session: Session, stranger: Api, settings: Settings, method: str, path: str, operation: str
) -> None:
    settings.API_RATE_LIMITS = {"api": 10_000, "analyze": 10_000}
    owner = Api(make_user(session.team))
    hidden = {
        "session_id": [session.pk, *(make_session(session.team).pk for _ in range(9))],
        "comment_id": list(session.comments.values_list("pk", flat=True)[:20]),
        "token_id": [owner.post("/tokens", {"name": "x", "scopes": ["analyze"]}).json["id"] for _ in range(10)],
    }
    name = re.findall(r"\{(\w+)\}", path)[0]
    before = list(Session.objects.order_by("pk").values_list("pk", "name", "state", "revision"))

    def ask(value: object) -> tuple[int, dict[str, object]]:
        address = path.removeprefix("/api/v1").replace(f"{{{name}}}", str(value))
        return told(stranger.send(method, address, BODIES.get(operation)))

    missing = ask(uuid.uuid4())
    assert missing[0] == 404
    for value in (*hidden[name], str(hidden[name][0]).upper(), "0", "..%2f", "%00"):
        assert ask(value) == missing, value
    assert before == list(Session.objects.order_by("pk").values_list("pk", "name", "state", "revision"))


def test_there_are_more_than_three_hundred_of_them() -> None:
    assert sum(24 if "comment_id" in path else 14 for _method, path, _name in OPERATIONS) > 300


def test_a_team_of_its_own_sees_its_own(stranger: Api) -> None:
    assert stranger.user is not None
    own = make_session(stranger.user.membership.team)
    assert [one["id"] for one in stranger.get("/sessions").json["results"]] == [str(own.pk)]
    assert make_team().sessions.count() == 0
