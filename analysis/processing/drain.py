"""The job: claim chunks of a session, one after the other, and do what each asks for.

A job is a hint. It may come twice, late or never: what is to be done is read from PostgreSQL, and a chunk that is
left half done is taken up by whoever claims it next.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from analysis.engines.base import EngineError
from analysis.insights.aggregates import overview
from analysis.insights.filters import CommentFilter
from analysis.models import ChunkState, Comment, CommentStatus, Session, SessionState
from analysis.processing.claim import Lease, LeaseLost, claim, finish, give_back, hold, may_go_on, stop
from analysis.processing.complete import complete
from analysis.processing.held import hold_up, reason_of
from analysis.processing.importing import give_up, run_import
from analysis.processing.label import Text, label
from analysis.processing.plan import TO_LABEL
from analysis.processing.pulse import pulse
from analysis.processing.remotely import label_remotely
from analysis.processing.write import Labelled, Source, write
from analysis.routing.remote import Unusable, is_remote
from analysis.routing.router import engine_version, local_engine, local_part
from perf.metrics import track

#: Comments labelled together while a chunk that killed its worker is worked on again.
CAREFUL_SLICE = 50
_BACK_OFF_SECONDS = (1, 2, 5, 10, 30)
_MAX_CHUNK_ATTEMPTS = 20
_MAX_IMPORT_ATTEMPTS = 5

# OFFSET 0 has the range of rows read by its index, whatever the planner believes of how many are pending: where it
# remembers few (a session that is analysed again), it would read all that are, for every chunk.
_NEXT = f"""
SELECT c.id, c.text, c.rating, c.attempts
  FROM (SELECT * FROM comments
         WHERE session_id = %(session)s AND row_number BETWEEN %(first)s AND %(last)s OFFSET 0) c
 WHERE {TO_LABEL}
 ORDER BY c.attempts, c.row_number LIMIT %(limit)s
"""  # noqa: S608 - a constant

_log = structlog.get_logger(__name__)


def drain(session_id: uuid.UUID, worker: str, *, seconds: float) -> bool:
    """Work on the session for about ``seconds``; True when it may hold more work for another hint."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not pulse.stopping:
        lease = claim(session_id, worker)
        if lease is None:
            if complete(session_id):
                # Counted now, so that the first who looks at the outcome finds the numbers in the cache.
                overview(CommentFilter(session=session_id), Session.objects.filter(pk=session_id))
            return False
        _begin_clock(session_id)
        work_on(lease)
        pulse.chunk_done()
    return True


def _begin_clock(session_id: uuid.UUID) -> None:
    """The first claim of a run starts it: import or analysis."""
    fresh = Session.objects.filter(pk=session_id)
    fresh.filter(state=SessionState.QUEUED).update(state=SessionState.RUNNING, started_at=Now())
    fresh.filter(state=SessionState.IMPORTING, started_at=None).update(started_at=Now())


def work_on(lease: Lease) -> None:
    """Do one chunk. Only a lost database leaves this function; the lease, which nobody prolongs then, runs out."""
    try:
        with (
            pulse.holding(lease.token),
            structlog.contextvars.bound_contextvars(session=str(lease.session_id), chunk=str(lease.chunk_id)),
        ):
            if lease.is_import:
                with track("chunk.import"):
                    run_import(lease)
            else:
                with track("chunk.analyse"):
                    run_analysis(lease)
    except LeaseLost:
        _log.warning("lease_lost", chunk=str(lease.chunk_id))
    except (OperationalError, InterfaceError):
        raise
    except (DatabaseError, EngineError, OSError, ValueError, RuntimeError) as error:
        _failed(lease, error)


def run_analysis(lease: Lease) -> None:
    """Label the chunk's pending comments and write them, batch by batch."""
    session = Session.objects.get(pk=lease.session_id)
    try:
        source = _source(session)
        _label_and_write(lease, session, source)
    except Unusable as error:
        hold_up(lease, error.reason)


def _source(session: Session) -> Source:
    """The version that the run was begun with, whatever was activated meanwhile; raises ``Unusable``.

    A run that was begun while nobody was there to ask gets its version now.
    """
    version = engine_version(session.engine, session.engine_version)
    if not session.engine_version:
        Session.objects.filter(pk=session.pk, run=session.run, engine_version="").update(engine_version=version)
    return Source(session.engine, version)


def _label_and_write(lease: Lease, session: Session, source: Source) -> None:
    while texts := next_texts(lease):
        pulse.progress()
        hopeless = {t.comment_id: "worker_died" for t in texts if t.attempts >= settings.MAX_ATTEMPTS - 1}
        wanted = [text for text in texts if text.comment_id not in hopeless]
        if lease.careful and wanted:
            _mark_attempt(lease, wanted)
        with track("analysis.engine"):
            answer = label(wanted, engine=local_engine(source.engine), version=local_part(source.version))
        if is_remote(source.engine):
            if answer.failures or hopeless:
                write(lease, [], answer.failures | hopeless, source)
            left = label_remotely(lease, session, wanted, answer.verdicts, source)
        else:
            rows = [Labelled(t.comment_id, t.rating, answer.verdicts[t.comment_id]) for t in wanted
                    if t.comment_id in answer.verdicts]  # fmt: skip
            write(lease, rows, answer.failures | hopeless, source)
            left = {}
        if pulse.stopping or not may_go_on(lease.session_id):
            stop(lease)
            return
        if left:
            hold_up(lease, reason_of(left))
            return
    finish(lease)


@track("analysis.read")
def next_texts(lease: Lease) -> list[Text]:
    """The next batch: the whole chunk; slices, and at last single comments, when the chunk killed a worker."""
    values: dict[str, Any] = {"session": lease.session_id, "first": lease.first_row, "last": lease.last_row}
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, values | {"limit": CAREFUL_SLICE if lease.careful else settings.CHUNK_ROWS})
        texts = [Text(*row) for row in cursor.fetchall()]
    if lease.careful and texts and texts[0].attempts:
        return texts[:1]
    return [text for text in texts if not lease.careful or not text.attempts]


def _mark_attempt(lease: Lease, texts: list[Text]) -> None:
    """Note, before they are tried, who may be about to kill the worker."""
    with transaction.atomic():
        hold(lease)
        Comment.objects.filter(pk__in=[text.comment_id for text in texts]).update(attempts=F("attempts") + 1)


def _failed(lease: Lease, error: Exception) -> None:
    """Try again later; after many attempts name the failure rather than hold up the session for ever."""
    message = f"{type(error).__name__}: {error}"[:500]
    _log.error("chunk_failed", chunk=str(lease.chunk_id), attempts=lease.attempts, error=type(error).__name__)
    if lease.attempts < (_MAX_IMPORT_ATTEMPTS if lease.is_import else _MAX_CHUNK_ATTEMPTS):
        delay = _BACK_OFF_SECONDS[min(lease.attempts, len(_BACK_OFF_SECONDS)) - 1]
        give_back(lease, error=message, delay=delay)
        return
    if lease.is_import:
        give_up(lease, "import_failed", message)
        return
    with transaction.atomic():
        hold(lease)
        Comment.objects.filter(
            session_id=lease.session_id,
            status=CommentStatus.PENDING,
            row_number__range=(lease.first_row, lease.last_row),
        ).update(status=CommentStatus.FAILED, error="chunk_failed")
        finish(lease, ChunkState.FAILED, message)
