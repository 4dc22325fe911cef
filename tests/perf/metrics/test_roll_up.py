"""Finished minutes are kept in PostgreSQL: once, whole, late ones again, and after a pause all that Redis still has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import redis
from django.utils import timezone

from perf import metrics, periodic
from perf.metrics import buffer, rollup, samplers, store
from perf.metrics.reading import minute_now
from perf.metrics.sketch import bin_of
from perf.metrics.sums import Gauged, Minute
from perf.models import CounterMinute, GaugeMinute, OperationMinute
from tests.perf.emptied import no_measures  # noqa: F401 -- each test begins with none

pytestmark = pytest.mark.django_db
NOW = int(timezone.now().timestamp() // 60)
LAST = NOW - 1


def send(minute: int, *, durations: tuple[float, ...] = (), n: int = 0, gauges: tuple[float, ...] = ()) -> None:
    """A batch of one process."""
    sums = Minute(memory=50_000_000)
    for ms in durations:
        sums.clock("step").add(int(ms * 1000), bin_of(ms), failed=ms > 90)
    if n:
        sums.counts["hints.failed"] = n
    for value in gauges:
        sums.gauges.setdefault("depth", Gauged()).add(value)
    store.send(store.Batch(minute, sums))


def test_a_finished_minute_of_two_processes_becomes_one_row() -> None:
    send(LAST, durations=(10, 20, 30), n=2, gauges=(1, 5))
    send(LAST, durations=(40, 100), n=3, gauges=(3,))
    assert rollup.roll_up() == 1
    row = OperationMinute.objects.get()
    assert (row.operation, row.calls, row.errors, row.total_ms, row.max_ms) == ("step", 5, 1, 200, 100)
    assert row.minute == datetime.fromtimestamp(LAST * 60, tz=UTC)
    assert row.p50_ms == pytest.approx(30, rel=0.02)
    assert row.memory_mb == 50
    assert sum(row.bins.values()) == 5
    assert CounterMinute.objects.values_list("name", "n").get() == ("hints.failed", 5)
    assert GaugeMinute.objects.values_list("name", "samples", "mean", "low", "high").get() == ("depth", 3, 3.0, 1, 5)


def test_no_percentile_exceeds_the_longest_call() -> None:
    send(LAST, durations=(19.99,))
    rollup.roll_up()
    row = OperationMinute.objects.get()
    assert row.p99_ms <= row.max_ms == 19.99


def test_the_running_minute_waits() -> None:
    send(minute_now() + 1, n=1)
    assert rollup.roll_up() == 0
    assert not CounterMinute.objects.exists()


def test_rolling_up_twice_changes_nothing() -> None:
    send(LAST, n=2)
    assert [rollup.roll_up(), rollup.roll_up()] == [1, 0]
    assert CounterMinute.objects.get().n == 2


def test_what_comes_late_is_added_to_its_minute() -> None:
    send(LAST, durations=(10,), n=2, gauges=(4,))
    rollup.roll_up()
    send(LAST, durations=(20,), n=3, gauges=(2,))
    assert rollup.roll_up() == 1
    assert (CounterMinute.objects.get().n, OperationMinute.objects.get().calls) == (5, 2)
    assert GaugeMinute.objects.get().low == 2


def test_what_comes_while_a_minute_is_rolled_up_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    send(LAST, n=2)
    keep = rollup._keep

    def keep_and_be_overtaken(minute: int, stored: store.Stored) -> None:
        keep(minute, stored)
        send(LAST, n=5)

    monkeypatch.setattr(rollup, "_keep", keep_and_be_overtaken)
    rollup.roll_up()
    monkeypatch.undo()
    assert rollup.roll_up() == 1
    assert CounterMinute.objects.get().n == 7


def test_a_redis_that_was_emptied_takes_nothing_away() -> None:
    send(LAST, durations=(10, 20), n=5, gauges=(1, 2))
    rollup.roll_up()
    store.client().flushdb()
    send(LAST, durations=(10,), n=1, gauges=(9,))
    rollup.roll_up()
    assert (CounterMinute.objects.get().n, OperationMinute.objects.get().calls) == (5, 2)
    assert GaugeMinute.objects.get().high == 2


def test_after_a_pause_all_minutes_that_are_held_are_caught_up() -> None:
    minutes = range(NOW - 100, NOW)
    for minute in minutes:
        send(minute, n=1)
    assert rollup.roll_up() == 100
    assert CounterMinute.objects.count() == 100


def test_a_redis_that_is_away_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    send(LAST, n=1)
    nobody = redis.Redis(unix_socket_path="/nonexistent/redis.sock")
    with monkeypatch.context() as away:
        away.setattr(store, "client", lambda: nobody)
        assert rollup.roll_up() == 0
    assert rollup.roll_up() == 1


def test_what_is_older_than_is_kept_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollup, "_DELETED_AT_ONCE", 2)
    today = timezone.now()
    for days in (1, 6, 8, 9, 10):
        CounterMinute.objects.create(name="n", minute=today - timedelta(days=days), n=1)
    GaugeMinute.objects.create(name="n", minute=today - timedelta(days=8), samples=1, mean=1, low=1, high=1)
    assert rollup.forget_old() == 4
    assert CounterMinute.objects.count() == 2


def test_the_machine_the_database_and_redis_are_looked_at() -> None:
    assert samplers.sample() >= 8
    assert metrics.flush()
    shown = metrics.read_gauges()
    assert 0 < shown["machine.memory"] <= 1
    assert shown["postgresql.connections"] >= 1
    assert shown["redis.memory_mb"] > 0


def test_a_sampler_that_fails_hides_none_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samplers, "_samplers", {"broken": lambda: {"x": 1 / 0}, "sound": lambda: {"depth": 3.0}})
    assert samplers.sample() == 1


def test_the_sweeper_samples_rolls_up_and_forgets() -> None:
    assert {"metrics_sample", "metrics_roll_up", "metrics_forget"} <= set(periodic._tasks)
    assert buffer.FLUSH_SECONDS < samplers.SAMPLED_EVERY_SECONDS
