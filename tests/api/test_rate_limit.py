"""So many requests a minute and not one more, whether Redis is alive or dead."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from pytest_django import Settings

from analysis.api import limits
from analysis.models import RateWindow, Role, Team
from analysis.routing.scripts import CacheScript
from tests.api.contract import Api
from tests.factories import make_team, make_user

LIMIT, AT_ONCE = 10, 50


@pytest.fixture(autouse=True)
def _ten_a_minute(settings: Settings) -> None:
    settings.API_RATE_LIMITS = {"api": LIMIT, "analyze": LIMIT}


@pytest.fixture
def without_redis(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens where Redis was."""
    settings.REDIS_CACHE_URL = "redis://127.0.0.1:1"
    monkeypatch.setattr(limits, "_count_in_redis", CacheScript("return 1"))


def statuses_at_once(api: Api) -> Counter[int]:
    start = threading.Barrier(AT_ONCE)

    def ask(_number: int) -> int:
        try:
            start.wait()
            return api.get("/engines").status
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return Counter(threads.map(ask, range(AT_ONCE)))


@pytest.mark.django_db(transaction=True)
def test_of_fifty_at_once_exactly_ten_pass() -> None:
    assert statuses_at_once(Api(make_user(make_team()))) == {200: LIMIT, 429: AT_ONCE - LIMIT}
    assert not RateWindow.objects.exists()


@pytest.mark.usefixtures("without_redis")
@pytest.mark.django_db(transaction=True)
def test_of_fifty_at_once_exactly_ten_pass_without_redis() -> None:
    assert statuses_at_once(Api(make_user(make_team()))) == {200: LIMIT, 429: AT_ONCE - LIMIT}
    assert RateWindow.objects.get().hits == AT_ONCE


def test_every_answer_says_where_the_caller_stands(api: Api) -> None:
    first, second = api.get("/engines"), api.get("/sessions/none")
    assert (first.headers["RateLimit-Limit"], first.headers["RateLimit-Remaining"]) == ("10", "9")
    assert (second.status, second.headers["RateLimit-Remaining"]) == (404, "8")
    assert 1 <= int(first.headers["RateLimit-Reset"]) <= 60
    assert first.headers["RateLimit-Policy"] == '"api";q=10;w=60'


def test_who_is_over_is_told_when_to_come_back(api: Api) -> None:
    for _ in range(LIMIT):
        assert api.get("/engines").status == 200
    answer = api.get("/engines")
    assert (answer.status, answer.code) == (429, "too_many_requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["RateLimit-Remaining"] == "0"


def test_buckets_and_callers_are_counted_apart(api: Api, team: Team) -> None:
    for _ in range(LIMIT + 1):
        api.get("/engines")
    assert api.post("/analyze", {"items": [{"text": "Lento"}]}).status == 200
    assert Api(make_user(team, Role.VIEWER)).get("/engines").status == 200
    assert api.user is not None
    assert Api(api.user).get("/engines").status == 200  # another token of the same person


@pytest.mark.parametrize("backend", ["redis", "postgres"])
def test_a_window_ends_and_another_begins(db: None, request: pytest.FixtureRequest, backend: str) -> None:
    if backend == "postgres":
        request.getfixturevalue("without_redis")
    key = f"rate:test:{backend}:{id(request)}"
    assert [limits._count(key, 60)[0] for _ in range(3)] == [1, 2, 3]
    if backend == "redis":
        limits._count_in_redis._script.registered_client.pexpire(key, 1)
    else:
        RateWindow.objects.filter(key=key).update(ends_at="2001-01-01T00:00:00Z")
    hits, left = limits._count(key, 60)
    while hits > 1:  # a window of one millisecond may not have ended yet
        hits, left = limits._count(key, 60)
    assert 59 < left <= 60


@pytest.mark.usefixtures("without_redis")
def test_a_dead_redis_is_left_alone_for_a_while(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api.get("/engines")

    def asked_again(**_arguments: object) -> None:
        raise AssertionError("Redis was asked again")

    monkeypatch.setattr(limits._count_in_redis, "_script", asked_again)
    assert api.get("/engines").headers["RateLimit-Remaining"] == "8"
