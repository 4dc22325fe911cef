"""Leases: who works on a chunk, for how long, and the fence that keeps everybody else from writing.

A worker holds a chunk by a random token until ``lease_until`` (the database's clock). Its heartbeat renews the
lease; when it dies the lease runs out and the sweep opens the chunk again. Whatever a worker writes, it writes in a
transaction that begins with :func:`hold`, so that one that was frozen past its lease writes nothing.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from analysis.models import Chunk, ChunkKind, ChunkState, Discovery, DiscoveryState, Session, SessionState

_CLAIM = """
UPDATE chunks SET state = 'leased', lease_token = %(token)s, worker = %(worker)s, attempts = attempts + 1,
       lease_until = now() + make_interval(secs => %(lease)s)
 WHERE id = (SELECT c.id FROM chunks c JOIN sessions s ON s.id = c.session_id
              WHERE c.session_id = %(session)s AND c.state = 'open' AND c.run = s.run
                AND s.state IN ('importing', 'queued', 'running')
                AND (c.not_before IS NULL OR c.not_before <= now())
              ORDER BY c.first_row LIMIT 1 FOR UPDATE OF c SKIP LOCKED)
RETURNING id, kind, first_row, last_row, careful, attempts, progress, file_id
"""
_HOLD = """
SELECT set_config('synchronous_commit', 'off', true) FROM chunks
 WHERE id = %(chunk)s AND lease_token = %(token)s AND state = 'leased' FOR UPDATE
"""


# A row that a transaction has locked carries its number in xmax, and the transaction holds a lock on that number.
_END_FROZEN = """
SELECT pg_terminate_backend(l.pid) FROM chunks c
  JOIN pg_locks l ON l.locktype = 'transactionid' AND l.granted AND l.transactionid = c.xmax
  LEFT JOIN workers w ON w.name = c.worker
 WHERE c.state = 'leased' AND c.lease_until < now() AND l.pid <> pg_backend_pid()
   AND (w.heartbeat_at IS NULL OR w.heartbeat_at < now() - make_interval(secs => %(gone)s))
"""


class LeaseLost(Exception):
    """The chunk is not this worker's any more; what it has in hand must not be written."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A claimed chunk. ``progress`` is what an earlier holder had finished."""

    chunk_id: uuid.UUID
    session_id: uuid.UUID
    token: uuid.UUID
    worker: str
    kind: str
    first_row: int
    last_row: int
    careful: bool
    attempts: int
    progress: int
    file_id: uuid.UUID | None

    @property
    def is_import(self) -> bool:
        """Whether the chunk is a file to read, not comments to label."""
        return self.kind == ChunkKind.IMPORT


def claim(session_id: uuid.UUID, worker: str) -> Lease | None:
    """Take the next open chunk of the session's current run, or None when there is none for now."""
    token = uuid.uuid4()
    values: dict[str, Any] = {"token": token, "worker": worker, "session": session_id, "lease": settings.LEASE_SECONDS}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        row = cursor.fetchone()
    if row is None:
        return None
    chunk_id, kind, first_row, last_row, careful, attempts, progress, file_id = row
    return Lease(chunk_id, session_id, token, worker, kind, first_row, last_row, careful, attempts, progress, file_id)


def hold(lease: Lease) -> None:
    """Lock the chunk to the end of the transaction; raise :class:`LeaseLost` when the token is not mine any more.

    The commit need not wait for the disk: if the server dies with it in memory, rows, counts and progress are gone
    together and the lease is freed, so the work is done again. The statement that ends a session does wait.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, {"chunk": lease.chunk_id, "token": lease.token})
        if cursor.fetchone() is None:
            raise LeaseLost(str(lease.chunk_id))


def _mine(lease: Lease) -> QuerySet[Chunk]:
    return Chunk.objects.filter(pk=lease.chunk_id, lease_token=lease.token, state=ChunkState.LEASED)


def advance(lease: Lease, *, to: int | None = None, by: int = 0, failed: int = 0) -> None:
    """Note progress inside the writing transaction: a position (import) or so many comments more (analysis).

    The heartbeat cannot prolong a lease while that transaction holds its row, so it is prolonged here.
    """
    progress = F("progress") + by if to is None else to
    _mine(lease).update(progress=progress, failed_count=F("failed_count") + failed, lease_until=_next_end())


def finish(lease: Lease, state: str = ChunkState.DONE, error: str = "") -> bool:
    """End the chunk; False when it was no longer mine."""
    ended = _mine(lease).update(state=state, lease_token=None, lease_until=None, finished_at=Now(), error=error)
    return bool(ended)


def give_back(lease: Lease, *, error: str = "", delay: float = 0.0) -> bool:
    """Open the chunk again for anybody, after ``delay`` seconds; with an error the attempt stays counted."""
    reopened = _mine(lease).update(
        state=ChunkState.OPEN,
        lease_token=None,
        lease_until=None,
        not_before=Now() + timedelta(seconds=delay) if delay else None,
        attempts=F("attempts") if error else F("attempts") - 1,
        error=error,
    )
    return bool(reopened)


def stop(lease: Lease) -> None:
    """Leave a chunk whose session was paused (somebody goes on later) or is being cancelled."""
    cancelling = Session.objects.filter(pk=lease.session_id, state=SessionState.CANCELLING).exists()
    if cancelling:
        finish(lease, ChunkState.CANCELLED)
    else:
        give_back(lease)


def renew(token: uuid.UUID) -> int:
    """Prolong a lease that has not run out; 0 when it has, or while a write in progress holds its row."""
    mine = Chunk.objects.filter(lease_token=token, state=ChunkState.LEASED, lease_until__gt=Now())
    with transaction.atomic():
        free = list(mine.select_for_update(skip_locked=True).values_list("pk", flat=True))
        return Chunk.objects.filter(pk__in=free).update(lease_until=_next_end()) or _renew_discovery(token)


def _renew_discovery(token: uuid.UUID) -> int:
    mine = Discovery.objects.filter(lease_token=token, state=DiscoveryState.LEASED, lease_until__gt=Now())
    free = list(mine.select_for_update(skip_locked=True).values_list("pk", flat=True))
    return Discovery.objects.filter(pk__in=free).update(lease_until=_next_end())


def reopen_lost(condition: Q, *, wait: bool = False) -> list[uuid.UUID]:
    """Open leased chunks whose holder is gone, to be worked on carefully from now on; their sessions, one a chunk.

    Unless told to ``wait``, leave alone those whose row somebody holds: a holder in the middle of a write.
    """
    lost = Chunk.objects.filter(condition, state=ChunkState.LEASED)
    with transaction.atomic():
        free = dict(lost.select_for_update(skip_locked=not wait).values_list("pk", "session_id"))
        Chunk.objects.filter(pk__in=free).update(
            state=ChunkState.OPEN, lease_token=None, lease_until=None, careful=True
        )
    return list(free.values())


def end_frozen_writes() -> int:
    """End the transactions of workers that were frozen in the middle of a write: their chunk's row stays locked.

    They are told from workers that write for long by their heartbeat, which has stopped too. Returns how many.
    """
    with connection.cursor() as cursor:
        cursor.execute(_END_FROZEN, {"gone": settings.WORKER_GONE_SECONDS})
        return len(cursor.fetchall())


def _next_end() -> Combinable:
    return Now() + timedelta(seconds=settings.LEASE_SECONDS)


def may_go_on(session_id: uuid.UUID) -> bool:
    """Whether nobody paused, cancelled or deleted the session meanwhile."""
    working = (SessionState.IMPORTING, SessionState.QUEUED, SessionState.RUNNING)
    return Session.objects.filter(pk=session_id, state__in=working).exists()
