"""Counters wait in the process while Redis is away, arrive when it is back, and never raise."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from perf import metrics
from perf.metrics import buffer, store
from tests.perf.emptied import no_measures  # noqa: F401 -- each test begins with none


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> redis.Redis:
    nobody = redis.Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(store, "client", lambda: nobody)
    return nobody


def test_what_was_counted_is_read_in_total_and_for_the_last_hour() -> None:
    metrics.count("hints.failed")
    metrics.count("hints.failed", 2)
    assert metrics.flush()
    reading = metrics.read()
    assert reading.is_live
    assert reading.total == {"hints.failed": 3}
    assert reading.last_hour == {"hints.failed": 3}


def test_the_sums_of_two_processes_add_up() -> None:
    metrics.count("leases.lost")
    metrics.flush()
    child = os.fork()
    if child == 0:
        metrics.count("leases.lost", 4)
        os._exit(0 if metrics.flush() else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert metrics.read().total == {"leases.lost": 5}


def test_a_forked_child_does_not_send_what_its_parent_still_holds() -> None:
    metrics.count("leases.lost")
    child = os.fork()
    if child == 0:
        os._exit(0 if metrics.flush() else 1)
    assert os.waitpid(child, 0)[1] == 0
    metrics.flush()
    assert metrics.read().total == {"leases.lost": 1}


def test_counters_reach_redis_by_themselves() -> None:
    metrics.count("hints.failed")
    with redis.Redis.from_url(settings.REDIS_METRICS_URL) as client:
        deadline = time.monotonic() + 10 * buffer.FLUSH_SECONDS
        while not client.exists("perf:counters"):
            assert time.monotonic() < deadline, "nothing arrived"
            time.sleep(0.05)


def test_without_redis_counters_wait_and_are_still_read(no_redis: redis.Redis) -> None:
    metrics.count("hints.failed", 3)
    assert not metrics.flush()
    assert metrics.read() == metrics.Reading({"hints.failed": 3}, {}, is_live=False)


def test_what_waited_arrives_once_redis_is_back(monkeypatch: pytest.MonkeyPatch, no_redis: redis.Redis) -> None:
    metrics.count("hints.failed", 3)
    metrics.flush()
    monkeypatch.undo()
    assert metrics.flush()
    assert metrics.read().total == {"hints.failed": 3}


def test_an_operation_is_clocked_and_its_failures_counted() -> None:
    with metrics.track("store"):
        time.sleep(0.002)

    @metrics.track("store")
    def fail() -> None:
        raise KeyError("gone")

    with pytest.raises(KeyError):
        fail()
    total = metrics.read().total
    assert total["store.calls"] == 2
    assert total["store.errors"] == 1
    assert total["store.us"] >= 2000


def test_waiting_for_each_item_is_clocked_and_an_error_passes_through() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise KeyError("cut")

    tracked = metrics.track_each("parse", items())
    assert [next(tracked), next(tracked)] == [1, 2]
    with pytest.raises(KeyError):
        next(tracked)
    total = metrics.read().total
    assert (total["parse.calls"], total["parse.errors"]) == (3, 1)
