"""A POST with an Idempotency-Key happens once, however often and however hard it is sent."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from analysis.intake import uploads
from analysis.models import ApiToken, IdempotencyKey, Role, Session, Team
from tests.api.contract import Answer, Api
from tests.factories import make_session, make_team, make_user

KEY = {"Idempotency-Key": "carga-0001"}
AT_ONCE = 50


def csv(text: str = "Comentario\nMuy lento\n") -> BytesIO:
    file = BytesIO(text.encode())
    file.name = "a.csv"
    return file


def test_the_same_request_is_answered_alike_and_done_once(api: Api) -> None:
    first, second = (api.post("/sessions", {"name": "x", "priority": "low"}, headers=KEY) for _ in range(2))
    assert first.content == second.content
    assert (first.status, first.headers["Location"]) == (second.status, second.headers["Location"])
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Session.objects.count() == 1


def test_the_order_of_fields_makes_no_other_request(api: Api) -> None:
    api.post("/sessions", b'{"name": "x", "priority": "low"}', headers=KEY)
    assert api.post("/sessions", b'{"priority":"low","name":"x"}', headers=KEY).status == 201
    assert Session.objects.count() == 1


def test_a_file_is_told_by_its_content(api: Api) -> None:
    first, second = (api.upload("/sessions", file=csv(), headers=KEY) for _ in range(2))
    assert (first.status, second.status, first.content) == (202, 202, second.content)
    assert api.upload("/sessions", file=csv("Comentario\nOtro\n"), headers=KEY).code == "key_reused"
    assert Session.objects.count() == 1


def test_another_body_or_address_is_refused(api: Api, team: Team) -> None:
    api.post("/sessions", {"name": "x"}, headers=KEY)
    other = api.post("/sessions", {"name": "y"}, headers=KEY)
    assert (other.status, other.code) == (422, "key_reused")
    session = make_session(team)
    assert api.post(f"/sessions/{session.pk}/comments", [{"comment": "x"}], headers=KEY).status == 422
    assert Session.objects.filter(name="y").count() == 0


def test_a_refusal_is_not_remembered(api: Api) -> None:
    assert api.post("/sessions", {"nme": "x"}, headers=KEY).status == 400
    assert api.post("/sessions", {"name": "x"}, headers=KEY).status == 201


def test_keys_of_different_people_are_different(api: Api, stranger: Api) -> None:
    ours, theirs = (one.post("/sessions", {"name": "x"}, headers=KEY).json["id"] for one in (api, stranger))
    assert ours != theirs


def test_a_key_is_forgotten_after_a_day(api: Api) -> None:
    api.post("/sessions", {"name": "x"}, headers=KEY)
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert api.post("/sessions", {"name": "other"}, headers=KEY).status == 201
    assert Session.objects.count() == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "ñ", "a\tb"])
def test_a_key_that_cannot_be_one_is_refused(api: Api, key: str) -> None:
    answer = api.post("/sessions", {"name": "x"}, headers={"Idempotency-Key": key})
    assert (answer.status, answer.json["errors"][0]["header"]) == (400, "Idempotency-Key")


def test_the_secret_of_a_token_is_not_kept_for_replays(api: Api) -> None:
    first, second = (api.post("/tokens", {"name": "x", "scopes": ["analyze"]}, headers=KEY) for _ in range(2))
    assert (first.json["id"], second.json["token"]) == (second.json["id"], None)
    assert first.json["token"].encode() not in bytes(IdempotencyKey.objects.get().body)
    assert ApiToken.objects.filter(name="x").count() == 1


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def user(self) -> User:
        return make_user(make_team(), Role.ANALYST)

    def test_fifty_make_one_session_and_all_answers_name_it(self) -> None:
        api, start = Api(self.user()), threading.Barrier(AT_ONCE)

        def send(_number: int) -> Answer:
            try:
                start.wait()
                answer = api.post("/sessions", {"name": "x"}, headers=KEY)
                while answer.status == 409:
                    assert (answer.code, answer.headers["Retry-After"]) == ("key_in_flight", "1")
                    answer = api.post("/sessions", {"name": "x"}, headers=KEY)
                return answer
            finally:
                connection.close()

        with ThreadPoolExecutor(AT_ONCE) as threads:
            answers = list(threads.map(send, range(AT_ONCE)))
        assert {answer.status for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert Session.objects.count() == 1

    def test_the_second_does_not_wait_for_the_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        api = Api(self.user())
        begun, go_on = threading.Event(), threading.Event()
        real = uploads.create_empty_session

        def slow(**values: Any) -> Session:
            begun.set()
            assert go_on.wait(20)
            return real(**values)

        monkeypatch.setattr(uploads, "create_empty_session", slow)

        def first() -> Answer:
            try:
                return api.post("/sessions", {"name": "x"}, headers=KEY)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as threads:
            running = threads.submit(first)
            assert begun.wait(20)
            second = api.post("/sessions", {"name": "x"}, headers=KEY)
            go_on.set()
            assert running.result().status == 201
        assert (second.status, second.code) == (409, "key_in_flight")
