"""Tables with many rows, made by PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.db import connection

from perf.models import Tunable, TuningDecision
from tests import factories
from tests.perf.advisor.faulty import DECISIONS, LISTED, ROWS

Fill = Callable[[int], None]


def run(statement: str, *values: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def fill_minutes(rows: int) -> None:
    """Minutes of operations whose errors are spread over 5,000 numbers."""
    run(_MINUTES, rows)
    run("ANALYZE operation_minutes")


@pytest.fixture
def superuser(db: None) -> User:
    return factories.make_user(None, username="root", superuser=True)


@pytest.fixture
def seeded(transactional_db: None) -> Iterator[None]:
    """A big table without the index it needs, a list of thousands, and decisions with a knob each."""
    fill_minutes(ROWS)
    run(_GAUGES, LISTED)
    knobs = Tunable.objects.bulk_create(
        Tunable(name=f"knob{number}", value=1, low=1, high=2, step=1) for number in range(DECISIONS)
    )
    TuningDecision.objects.bulk_create(
        TuningDecision(tunable=knob, source="tuner", state="kept", old=1, new=2, reason="test") for knob in knobs
    )
    run("ANALYZE")
    yield
    drop_own_indexes()


def drop_own_indexes() -> None:
    """What a test had the adviser build."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'adv\\_%'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')


_MINUTES = """
INSERT INTO operation_minutes (operation, minute, calls, errors, total_ms, max_ms, p50_ms, p95_ms, p99_ms, memory_mb,
                               bins)
SELECT 'operation ' || i %% 50, timestamptz '2026-01-01' + make_interval(mins => i), 1, i %% 5000, 1, 1, 1, i %% 100, 1,
       0, '{}'
  FROM generate_series(1, %s) i
"""
_GAUGES = """
INSERT INTO gauge_minutes (name, minute, samples, mean, low, high)
SELECT 'gauge ' || i %% 3, timestamptz '2026-01-01' + make_interval(mins => i), 1, 1, 1, 1 FROM generate_series(1, %s) i
"""
