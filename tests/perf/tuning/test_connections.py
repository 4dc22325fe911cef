"""A web process's pool of connections follows the knob: it grows, and lets go of what is beyond its share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL
from pytest_django import Settings

from fibercomments.database.base import DatabaseWrapper
from perf import metrics
from perf.models import Tunable
from perf.tunables import following
from perf.tuning import connections
from perf.tuning.hints import by_waiting
from perf.tuning.signals import Stretch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pooled(knobs: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[DatabaseWrapper]:
    """A pool in the place of the web's, of two processes."""
    settings.WEB_CONCURRENCY, settings.DB_POOL_MIN = 2, 2
    options = connection.settings_dict["OPTIONS"] | {"pool": {"min_size": 2, "max_size": 7, "timeout": 5.0}}
    changes = {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "OPTIONS": options}
    wrapper = DatabaseWrapper(connection.settings_dict | changes, alias="knobs")
    monkeypatch.setattr(PostgreSQL, "_connection_pools", pools := {})
    pools["default"] = wrapper.pool
    connections._before.clear()
    yield wrapper
    wrapper.pool.close()
    connections._before.clear()


def turn(value: float) -> None:
    Tunable.objects.filter(name=connections.KNOB).update(value=value, is_set=True)
    following.look()


def test_its_size_is_its_share_of_the_budget_and_two_at_least(pooled: DatabaseWrapper) -> None:
    turn(30)
    assert (pooled.pool.min_size, pooled.pool.max_size) == (2, 15)
    turn(5)
    assert (pooled.pool.min_size, pooled.pool.max_size) == (2, 2)


def test_no_pool_outgrows_its_own_limit(pooled: DatabaseWrapper, settings: Settings) -> None:
    settings.DB_POOL_MAX = 3
    turn(30)
    assert pooled.pool.max_size == 3


def test_connections_beyond_the_share_go_at_once_or_when_they_come_back(pooled: DatabaseWrapper) -> None:
    pooled.pool.open()
    taken = [pooled.pool.getconn() for _ in range(6)]
    for one in taken[:3]:
        pooled.pool.putconn(one)
    turn(5)
    assert pooled.pool.get_stats()["pool_size"] == 3
    for one in taken[3:]:
        pooled.pool.putconn(one)
    following.look()
    assert pooled.pool.get_stats()["pool_size"] == 2
    assert sum(one.closed for one in taken) == 4


def test_how_long_requests_wait_is_counted(pooled: DatabaseWrapper) -> None:
    turn(10)
    for _ in range(3):
        with pooled.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.01)")
        pooled.close()
    before = metrics.read().total
    following.look()
    after = metrics.read().total
    assert after["database.pool.requests"] - before.get("database.pool.requests", 0) == 3
    assert after["database.pool.capacity_ms"] > before.get("database.pool.capacity_ms", 0)


def test_what_postgresql_has_left_is_the_ceiling(pooled: DatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        most = int(cursor.fetchone()[0])
    assert connections.LEAST <= (connections.ceiling() or 0) < most


@pytest.mark.parametrize(
    ("wait_ms", "usage_ms", "score", "direction"), [(0, 900, 1.0, 0), (0, 100, 1.0, -1), (1000, 900, 0.5, 1)]
)
def test_waiting_counts_against_it(wait_ms: int, usage_ms: int, score: float, direction: int) -> None:
    sums = {
        "database.pool.requests": 100, "database.pool.wait_ms": wait_ms, "database.pool.usage_ms": usage_ms,
        "database.pool.capacity_ms": 1000,
    }  # fmt: skip
    sample = connections.read_pool(Stretch(0.0, 5.0, sums, 0.5, 0.5))
    assert sample is not None
    assert sample.score == pytest.approx(score)
    assert by_waiting(sample.figures).direction == direction
    assert sample.is_bound == (wait_ms > 0)


def test_without_a_pool_there_is_nothing_to_do(knobs: None, person: User) -> None:
    following.look()
    assert connections.read_pool(Stretch(0.0, 5.0, {}, 0.5, 0.5)) is None
