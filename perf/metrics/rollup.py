"""Finished minutes, from Redis into the tables; and what is old goes.

A minute that gets something late is rolled up again: its rows are written as Redis now holds them, and only when that
is more than they held (Redis may have been emptied). After a while without a sweeper all that Redis kept is caught up.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import redis
import structlog
from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from perf.metrics import store
from perf.metrics.reading import minute_now
from perf.metrics.sketch import percentile
from perf.metrics.sums import CALLS, ERRORS, MICROSECONDS, Gauged
from perf.models import CounterMinute, GaugeMinute, OperationMinute

_AT_ONCE = 30
_DELETED_AT_ONCE = 5000
_log = structlog.get_logger(__name__)

_OPERATIONS = """
INSERT INTO operation_minutes
       (operation, minute, calls, errors, total_ms, max_ms, p50_ms, p95_ms, p99_ms, memory_mb, bins)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (operation, minute) DO UPDATE
   SET calls = EXCLUDED.calls, errors = EXCLUDED.errors, total_ms = EXCLUDED.total_ms, max_ms = EXCLUDED.max_ms,
       p50_ms = EXCLUDED.p50_ms, p95_ms = EXCLUDED.p95_ms, p99_ms = EXCLUDED.p99_ms,
       memory_mb = EXCLUDED.memory_mb, bins = EXCLUDED.bins
 WHERE EXCLUDED.calls > operation_minutes.calls
"""
_COUNTERS = """
INSERT INTO counter_minutes (name, minute, n) VALUES (%s, %s, %s)
ON CONFLICT (name, minute) DO UPDATE SET n = EXCLUDED.n WHERE EXCLUDED.n > counter_minutes.n
"""
_GAUGES = """
INSERT INTO gauge_minutes (name, minute, samples, mean, low, high) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (name, minute) DO UPDATE
   SET samples = EXCLUDED.samples, mean = EXCLUDED.mean, low = EXCLUDED.low, high = EXCLUDED.high
 WHERE EXCLUDED.samples > gauge_minutes.samples
"""


def roll_up() -> int:
    """Keep the finished minutes that got something since they were last rolled up; returns how many.

    While Redis does not answer they stay there, and the next call finds them.
    """
    now = minute_now()
    try:
        due = {minute: batches for minute, batches in store.unrolled().items() if minute < now}
        for minutes in _slices(sorted(due)):
            for minute, stored in zip(minutes, store.minutes_of(minutes), strict=True):
                _keep(minute, stored)
                store.mark_rolled(minute, due[minute])
    except redis.RedisError as error:
        _log.debug("roll_up_waits", error=type(error).__name__)
        return 0
    return len(due)


def forget_old() -> int:
    """Delete the minutes that are older than ``METRICS_KEPT_DAYS``, a few at a time; returns how many rows went."""
    oldest = timezone.now() - timedelta(days=settings.METRICS_KEPT_DAYS)
    kinds: tuple[type[models.Model], ...] = (OperationMinute, CounterMinute, GaugeMinute)
    return sum(_delete_before(kind, oldest) for kind in kinds)


def _slices(minutes: list[int]) -> list[list[int]]:
    return [minutes[first : first + _AT_ONCE] for first in range(0, len(minutes), _AT_ONCE)]


def _keep(number: int, stored: store.Stored) -> None:
    minute = datetime.fromtimestamp(number * 60, tz=UTC)
    with transaction.atomic(), connection.cursor() as cursor:
        for statement, rows in _statements(minute, stored):
            if rows:
                cursor.executemany(statement, rows)


def _statements(minute: datetime, stored: store.Stored) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """In the order of names, so that two that write at once wait for each other and not in a circle."""
    return [
        (_OPERATIONS, [_operation(name, minute, stored) for name in sorted(stored.bins)]),
        (_COUNTERS, [(name, minute, n) for name, n in sorted(_plain(stored).items())]),
        (_GAUGES, [_gauge(name, minute, seen) for name, seen in sorted(stored.gauges.items())]),
    ]


def _operation(name: str, minute: datetime, stored: store.Stored) -> tuple[Any, ...]:
    bins, longest = stored.bins[name], stored.longest(name) / 1000
    percentiles = [min(percentile(bins, share), longest) for share in (0.5, 0.95, 0.99)]
    return (
        name,
        minute,
        stored.counts.get(name + CALLS, 0),
        stored.counts.get(name + ERRORS, 0),
        stored.counts.get(name + MICROSECONDS, 0) / 1000,
        longest,
        *percentiles,
        stored.memory(name) / 1e6,
        Jsonb(bins),
    )


def _plain(stored: store.Stored) -> dict[str, int]:
    """The counters that are not parts of an operation."""
    parts = {name + part for name in stored.bins for part in (CALLS, MICROSECONDS, ERRORS)}
    return {name: n for name, n in stored.counts.items() if name not in parts}


def _gauge(name: str, minute: datetime, seen: Gauged) -> tuple[Any, ...]:
    return name, minute, seen.samples, seen.total / seen.samples, seen.low, seen.high


def _delete_before(kind: type[models.Model], oldest: datetime) -> int:
    gone = 0
    old = kind._default_manager.filter(minute__lt=oldest).order_by().values_list("pk", flat=True)
    while doomed := list(old[:_DELETED_AT_ONCE]):
        gone += kind._default_manager.filter(pk__in=doomed).delete()[0]
    return gone
