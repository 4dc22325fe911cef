"""The pools of database connections of the web processes follow one knob: the budget of all of them together.

Each takes its share, the budget divided by the number of web processes, and two at least. A smaller pool lets go of
idle connections at once, of others when they come back; nobody's work is cut.
"""

from __future__ import annotations

import time
from typing import Any

import psutil
from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.utils.translation import gettext_lazy as _

from perf import metrics, tunables
from perf.tunables import Knob, declare
from perf.tuning.hints import by_waiting
from perf.tuning.samples import Sample
from perf.tuning.signals import Measure, Stretch, measure

KNOB = "connection_pool"
LEAST = 2
#: Left for people and for processes that are about to start.
_RESERVE = 3
_BYTES_A_CONNECTION = 10 * 1024 * 1024
#: Waiting so long for a connection halves the score.
_HALF_MS = 10.0
_FEWEST = 20
_COUNTED = {"requests_num": "requests", "requests_wait_ms": "wait_ms", "usage_ms": "usage_ms"}
_before: dict[str, float] = {}


def register() -> None:
    """Declare the knob, and say how it is measured."""
    declare(
        Knob(
            KNOB, _("Database connections"),
            _("How many connections to PostgreSQL the web processes may hold together. With too few, requests wait for "
              "each other; each takes memory of PostgreSQL, which has a limit of its own."),
            _("connections"), default=settings.DB_POOL_BUDGET, low=5, high=30, step=5, mode="suggest", ceiling=ceiling,
        )
    )  # fmt: skip
    score = _("1 while nobody waits for a connection, a half when requests wait 10 ms each")
    measure(Measure(KNOB, read_pool, by_waiting, score, cheaper=-1))


def share(processes: int | None = None) -> int:
    """How many connections a web process may hold, of so many; None for as many as there are."""
    of_one = int(tunables.value(KNOB)) // max(1, processes or settings.WEB_CONCURRENCY)
    return max(LEAST, min(of_one, settings.DB_POOL_MAX))


def follow() -> None:
    """Give this process's pool the size of its share, and count how it is used; without a pool nothing is to do."""
    pool = DatabaseWrapper._connection_pools.get("default")  # type: ignore[attr-defined]
    if pool is None:
        return
    most = share()
    if pool.max_size != most:
        pool.resize(min(settings.DB_POOL_MIN, most), most)
    _let_go(pool)
    _count(pool)


def ceiling() -> float | None:
    """What PostgreSQL has left for the web beside everybody else who is connected now, and the machine's memory."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
            " - count(*) FILTER (WHERE application_name <> 'fibercomments-web')"
            " FROM pg_stat_activity WHERE backend_type = 'client backend'"
        )
        left = cursor.fetchone()[0] - _RESERVE
    return float(max(LEAST, min(left, psutil.virtual_memory().available // _BYTES_A_CONNECTION)))


def read_pool(stretch: Stretch) -> Sample | None:
    """How long requests wait for a connection, and what share of the pools is in use."""
    requests = stretch.sum("database.pool.requests")
    if requests < _FEWEST:
        return None
    wait = stretch.sum("database.pool.wait_ms") / requests
    capacity = stretch.sum("database.pool.capacity_ms")
    figures = {"wait_ms": wait}
    if capacity:
        figures["use"] = min(1.0, stretch.sum("database.pool.usage_ms") / capacity)
    return Sample(stretch.at, _HALF_MS / (_HALF_MS + wait), requests / stretch.seconds, wait > 0, figures)


def _let_go(pool: Any) -> None:
    """Close idle connections beyond the size; the pool itself does that only after minutes without use."""
    while True:
        with pool._lock:
            if pool._nconns <= pool.max_size or not pool._pool:
                return
            surplus = pool._pool.popleft()
            pool._nconns -= 1
        surplus.close()


def _count(pool: Any) -> None:
    """Add what happened since the last look to the counters of all processes."""
    now, stats = time.monotonic(), pool.get_stats()
    seen = {name: float(stats.get(source, 0)) for source, name in _COUNTED.items()}
    seen["at"] = now
    for name in _COUNTED.values():
        grown = seen[name] - _before.get(name, 0.0)
        if _before and grown > 0:
            metrics.count(f"database.pool.{name}", int(grown))
    if _before:
        metrics.count("database.pool.capacity_ms", int(1000 * (now - _before["at"]) * pool.max_size))
    _before.update(seen)
