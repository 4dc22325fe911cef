"""A Redis that hangs costs one waiting, not one a call."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.core.cache import CacheHandler
from redis.backoff import NoBackoff
from redis.retry import Retry

from fibercomments import caching
from fibercomments.caching import CautiousRedis


@pytest.fixture(autouse=True)
def trusting() -> Iterator[None]:
    """Nothing is avoided before, nor after."""
    CautiousRedis._avoid_until = 0.0
    yield
    CautiousRedis._avoid_until = 0.0


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    """A server that takes connections and never says a word."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen(10)
        server.setblocking(False)
        yield server


def connected(listener: socket.socket) -> CautiousRedis:
    return CautiousRedis(unix_socket_path=listener.getsockname(), socket_timeout=0.05, retry=Retry(NoBackoff(), 0))


def callers(listener: socket.socket) -> int:
    """How many connections wait to be accepted, and then no more."""
    number = 0
    try:
        while True:
            listener.accept()[0].close()
            number += 1
    except BlockingIOError:
        return number


def test_a_redis_that_hangs_is_asked_once_and_then_left_alone(listener: socket.socket) -> None:
    client = connected(listener)
    with pytest.raises(redis.TimeoutError):
        client.get("x")
    assert callers(listener) == 1
    for _ in range(5):
        with pytest.raises(redis.ConnectionError):
            client.get("x")
        with pytest.raises(redis.ConnectionError):
            client.pipeline()
    assert callers(listener) == 0


def test_after_a_while_one_call_tries_again(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "AVOID_SECONDS", -1.0)
    client = connected(listener)
    for _ in range(2):
        with pytest.raises(redis.TimeoutError):
            client.get("x")
        assert callers(listener) == 1


def test_a_redis_that_is_back_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CautiousRedis, "_avoid_until", 1.0)
    client = CautiousRedis.from_url(settings.REDIS_CACHE_URL)
    assert client.ping()
    assert CautiousRedis._avoid_until == 0.0


def test_the_cache_does_without_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    options = settings.CACHES["default"]["OPTIONS"] | {"REDIS_CLIENT_CLASS": "fibercomments.caching.CautiousRedis"}
    cautious = CacheHandler({"default": settings.CACHES["default"] | {"OPTIONS": options}})["default"]
    cautious.set("drill", 1)
    assert cautious.get("drill") == 1
    monkeypatch.setattr(CautiousRedis, "_avoid_until", float("inf"))
    assert cautious.get("drill") is None
    assert cautious.get_many(["drill"]) in ({}, None)
    cautious.set("drill", 2)
    cautious.set_many({"drill": 2})
    assert cautious.get_or_set("drill", 3) in (3, None)
