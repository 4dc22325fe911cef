"""Which profiling sessions are open, as far as this process knows: it looks again every few seconds.

Another thread looks, with a connection of its own; whoever asks first after a pause waits for it a moment, so that the
first request after the start of a session is recorded too.
"""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass

import psycopg
import structlog
from django.db import Error, connection
from django.utils import timezone

from perf.models import ProfilingSession

SEEN_SECONDS = 2.0
PATIENCE_SECONDS = 0.05
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that records; ``ends`` is in seconds of ``time.time``."""

    id: uuid.UUID
    scope: str
    target: str
    user_id: int | None
    with_python: bool
    ends: float


class _Seen:
    sessions: tuple[OpenSession, ...] = ()
    at = float("-inf")


def open_sessions() -> tuple[OpenSession, ...]:
    """Those that are open now, the oldest first."""
    if time.monotonic() - _Seen.at >= SEEN_SECONDS:
        _look_elsewhere()
    if not _Seen.sessions:
        return ()
    now = time.time()
    return tuple(each for each in _Seen.sessions if each.ends > now)


def look() -> None:
    """Look now, in this thread; what was seen last stays while the database is away."""
    _Seen.at = time.monotonic()
    rows = ProfilingSession.objects.filter(ended_at=None, ends_at__gt=timezone.now()).order_by("started_at")
    _Seen.sessions = tuple(
        OpenSession(row.pk, row.scope, row.target, row.user_id, row.with_python, row.ends_at.timestamp())
        for row in rows
    )


def forget() -> None:
    """Know of none, and look when asked next."""
    _Seen.sessions, _Seen.at = (), float("-inf")


def _look_elsewhere() -> None:
    _Seen.at = time.monotonic()
    thread = threading.Thread(target=_look_and_leave, name="profiling", daemon=True)
    thread.start()
    thread.join(PATIENCE_SECONDS)


def _look_and_leave() -> None:
    try:
        look()
    except (Error, psycopg.Error) as error:
        _log.debug("profiling_sessions_unseen", error=type(error).__name__)
    finally:
        connection.close()
