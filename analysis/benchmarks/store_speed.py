"""Intake's store against a bare COPY of the same rows: in turns, in one process, so that both meet the same machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

from django.conf import settings
from django.db import connection, transaction

from analysis.intake import store
from analysis.intake.parse import read_rows
from analysis.intake.types import Batch, ReadOptions
from analysis.intake.uploads import create_session
from analysis.models import Session, SessionState, Team
from analysis.processing import verbs
from analysis.processing.claim import advance, claim, finish, hold
from analysis.processing.plan import plan_import

_BATCHES = 20
_ROUNDS = 5
_COLUMNS = """id, session_id, row_number, text, fingerprint, rating, nps_group, customer_ref, region, service,
              channel, created_at, has_date, status, attempts, error"""
_READ = f"SELECT {_COLUMNS} FROM comments WHERE session_id = %s ORDER BY row_number"  # noqa: S608 -- constants
_COPY = f"COPY benchmark_copy ({_COLUMNS}) FROM STDIN"
_CREATE = "CREATE TABLE benchmark_copy (LIKE comments INCLUDING DEFAULTS{indexes})"


@dataclass(frozen=True, slots=True)
class StoreSpeed:
    """Rows a second: the store with its batches, leases, counts and foreign keys; COPY without and with indexes."""

    store: float
    bare_copy: float
    indexed_copy: float


def store_speed(path: Path, team: Team) -> StoreSpeed:
    """The medians of some rounds over the first rows of a file, parsed beforehand."""
    key = settings.PSEUDONYM_KEY.encode()[:64]
    batches = list(islice(read_rows(path, path.name, ReadOptions(), pseudonym_key=key), _BATCHES))
    rows = sum(len(batch.good) for batch in batches)
    rounds = [_round(path, team, batches) for _number in range(_ROUNDS)]
    stored, bare, indexed = (median(seconds) for seconds in zip(*rounds, strict=True))
    return StoreSpeed(rows / stored, rows / bare, rows / indexed)


def _round(path: Path, team: Team, batches: Sequence[Batch]) -> tuple[float, float, float]:
    with path.open("rb") as upload:
        session = create_session(team=team, user=None, name="store", upload=upload, filename=path.name)
    try:
        stored = _store(session, batches)
        return stored, _copy(session, indexes=""), _copy(session, indexes=" INCLUDING INDEXES")
    finally:
        verbs.delete_session(session=session, actor=None)


def _store(session: Session, batches: Sequence[Batch]) -> float:
    """What an import does with its batches."""
    Session.objects.filter(pk=session.pk).update(state=SessionState.IMPORTING)
    assert session.file_id is not None  # noqa: S101 -- it was made from a file just now
    plan_import(session, session.file_id)
    lease = claim(session.pk, "benchmark")
    assert lease is not None  # noqa: S101 -- nobody else was told of it
    started = time.perf_counter()
    for batch in batches:
        with transaction.atomic():
            hold(lease)
            store.store_batch(session.pk, batch)
            advance(lease, to=batch.rows_read)
    seconds = time.perf_counter() - started
    finish(lease)
    Session.objects.filter(pk=session.pk).update(state=SessionState.CANCELLED)
    return seconds


def _copy(session: Session, *, indexes: str) -> float:
    """One COPY of all rows, value by value through psycopg as the store sends them, into an ordinary empty table."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [session.pk])
        rows = cursor.fetchall()
        cursor.execute("DROP TABLE IF EXISTS benchmark_copy")
        cursor.execute(_CREATE.format(indexes=indexes))
        try:
            started = time.perf_counter()
            with cursor.copy(_COPY) as copy:
                for row in rows:
                    copy.write_row(row)
            return time.perf_counter() - started
        finally:
            cursor.execute("DROP TABLE benchmark_copy")
