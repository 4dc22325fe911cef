"""What Redis does not hold yet waits in the process: bounded, by the minute, and sent once whatever happens."""

from __future__ import annotations

import math
import time

import pytest
import redis

from perf import metrics
from perf.metrics import buffer, store
from perf.metrics.sums import Minute
from tests.perf.emptied import no_measures  # noqa: F401 -- each test begins with none

NOON = 29_000_000 * 60.0


def at(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(time, "time", lambda: seconds)


def refuse(_batch: store.Batch) -> None:
    raise redis.ConnectionError


def test_a_batch_that_comes_twice_is_counted_once() -> None:
    sums = Minute()
    sums.counts["hints.failed"] = 3
    batch = store.Batch(29_000_000, sums)
    store.send(batch)
    store.send(batch)
    assert store.totals()[0] == {"hints.failed": 3}


def test_an_answer_that_is_lost_on_the_way_back_counts_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    send = store.send

    def send_and_lose_the_answer(batch: store.Batch) -> None:
        send(batch)
        raise redis.TimeoutError

    metrics.count("hints.failed", 3)
    monkeypatch.setattr(store, "send", send_and_lose_the_answer)
    assert not metrics.flush()
    monkeypatch.undo()
    metrics.count("hints.failed", 4)
    assert metrics.flush()
    assert metrics.read().total == {"hints.failed": 7}


def test_what_waits_keeps_its_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    for minute in range(3):
        at(monkeypatch, NOON + 60 * minute)
        metrics.count("hints.failed", minute + 1)
    assert metrics.flush()
    first = int(NOON // 60)
    assert [each.counts["hints.failed"] for each in store.minutes_of(range(first, first + 3))] == [1, 2, 3]


def test_hours_without_redis_fill_no_memory_and_lose_no_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "send", refuse)
    for minute in range(300):
        at(monkeypatch, NOON + 60 * minute)
        metrics.count("hints.failed")
        metrics.observe("step", 0.001)
        metrics.gauge("depth", minute)
        if minute % 7 == 0:
            assert not metrics.flush()
    minutes = len(buffer._buffer.waiting) + len(buffer._buffer.outbox)
    assert minutes <= 2 * buffer.MINUTES_APART
    monkeypatch.undo()
    assert metrics.flush()
    total = metrics.read().total
    assert (total["hints.failed"], total["step.calls"]) == (300, 300)


def test_too_many_names_are_added_up_under_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffer, "MOST_NAMES", 2)
    for number in range(5):
        metrics.count(f"name{number}")
    metrics.count("name0")
    assert metrics.read().total == {"name0": 2, "name1": 1, buffer.OVERFLOW: 3}


def test_a_name_too_long_for_the_table_is_not_kept() -> None:
    metrics.count("x" * (buffer.LONGEST_NAME + 1))
    assert metrics.read().total == {buffer.OVERFLOW: 1}


@pytest.mark.parametrize("nothing", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_not_gauged(nothing: float) -> None:
    metrics.gauge("depth", nothing)
    assert metrics.flush()
    assert metrics.read_gauges() == {}


def test_a_gauge_shows_its_last_value_until_nobody_looked_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics.gauge("depth", 7)
    metrics.gauge("depth", 5)
    metrics.flush()
    assert metrics.read_gauges() == {"depth": 5.0}
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert metrics.read_gauges() == {}


def test_live_figures_merge_the_last_minutes() -> None:
    for ms in range(1, 101):
        metrics.observe("step", ms / 1000, failed=ms > 98)
    metrics.flush()
    step = metrics.read_operations()["step"]
    assert (step.calls, step.errors, step.max_ms) == (100, 2, 100.0)
    assert step.total_ms == pytest.approx(5050, rel=0.001)
    assert step.percentile(0.5) == pytest.approx(50, rel=0.021)
    assert step.memory_mb > 10


def test_a_redis_that_is_away_shows_no_live_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = redis.Redis(unix_socket_path="/nonexistent/redis.sock")
    monkeypatch.setattr(store, "client", lambda: nobody)
    assert metrics.read_operations() == {}
    assert metrics.read_gauges() == {}
