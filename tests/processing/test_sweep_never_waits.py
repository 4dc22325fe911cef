"""Whoever was frozen while holding a lock stops neither the sweep nor, in the end, the work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.models.functions import Now

from analysis.models import Chunk, ChunkState, Session, SessionState, Worker
from analysis.processing import verbs
from analysis.processing.claim import Lease, claim
from analysis.processing.drain import drain
from analysis.processing.heartbeat import beat
from analysis.processing.sweep import sweep

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def frozen() -> Iterator[psycopg.Connection[Any]]:
    """A connection of somebody who begins something and does not end it; whoever waits for it here, fails."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '3s'")
    parameters = connection.get_connection_params()
    there = psycopg.connect(**{key: parameters[key] for key in ("dbname", "user", "host", "port") if key in parameters})
    yield there
    there.close()


@pytest.fixture
def overdue(make_session: Callable[..., Session]) -> Lease:
    """A chunk whose lease has run out; its holder's heart still beats."""
    session = make_session(["Muy lento", "Excelente"])
    verbs.start_import(session=session, actor=None)
    drain(session.pk, "importer", seconds=0.0001)
    lease = claim(session.pk, "host.1.a")
    assert lease is not None
    beat("host.1.a", "1", "high", 0)
    Chunk.objects.filter(pk=lease.chunk_id).update(lease_until=Now() - timedelta(seconds=1))
    return lease


def lock(there: psycopg.Connection[Any], table: str, key: object) -> None:
    there.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR UPDATE", [key])  # noqa: S608


def test_a_chunk_that_is_being_written_is_left_to_a_holder_whose_heart_beats(
    overdue: Lease, frozen: psycopg.Connection[Any]
) -> None:
    lock(frozen, "chunks", overdue.chunk_id)

    swept = sweep()

    assert swept is not None
    assert swept.reopened == 0
    frozen.commit()
    swept = sweep()
    assert swept is not None
    assert swept.reopened == 1


def test_a_write_whose_worker_is_silent_is_ended_and_its_chunk_opened(
    overdue: Lease, frozen: psycopg.Connection[Any]
) -> None:
    lock(frozen, "chunks", overdue.chunk_id)
    Worker.objects.update(heartbeat_at=Now() - timedelta(minutes=1))

    for _ in range(50):  # its locks are gone a moment after it was told to end
        sweep()
        if Chunk.objects.get(pk=overdue.chunk_id).state == ChunkState.OPEN:
            break

    assert Chunk.objects.get(pk=overdue.chunk_id).state == ChunkState.OPEN
    with pytest.raises(psycopg.OperationalError):
        frozen.execute("SELECT 1")


def test_a_session_that_somebody_holds_is_ended_in_a_later_round(
    overdue: Lease, frozen: psycopg.Connection[Any]
) -> None:
    Chunk.objects.filter(session=overdue.session_id).update(state=ChunkState.DONE)
    lock(frozen, "sessions", overdue.session_id)
    assert sweep() is not None
    assert Session.objects.get(pk=overdue.session_id).state == SessionState.QUEUED

    frozen.commit()
    sweep()

    assert Session.objects.get(pk=overdue.session_id).state == SessionState.COMPLETED
