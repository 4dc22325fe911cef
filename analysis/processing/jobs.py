"""What RQ runs."""

from __future__ import annotations

import uuid

import structlog
from django.db import Error, connection
from rq import get_current_job

from analysis.models import Session
from analysis.processing.discovering import discover
from analysis.processing.drain import drain
from analysis.processing.hints import send_hints
from analysis.processing.told import told
from analysis.processing.training import train
from perf.metrics import count

#: A job that has more to do asks for another hint after this long, so that sessions take turns.
TURN_SECONDS = 5.0
_log = structlog.get_logger(__name__)


@told("drain")
def drain_session(session_id: str) -> None:
    """The job itself, in a worker. A database that is away is no failure: the sweep hints again when it is back."""
    job = get_current_job()
    worker = (job.worker_name if job else None) or "inline"
    try:
        more = drain(uuid.UUID(session_id), worker, seconds=TURN_SECONDS)
        session = Session.objects.filter(pk=session_id).first() if more else None
    except Error as error:
        count("jobs_interrupted")
        _log.warning("database_lost", session=session_id, error=type(error).__name__)
        connection.close()
        return
    if session is not None:
        send_hints(session.pk, session.priority, 1)


@told("discover")
def discover_in_session(discovery_id: str) -> None:
    """The same for a discovery: one that a lost database interrupts begins anew when its lease has run out."""
    try:
        discover(uuid.UUID(discovery_id))
    except Error as error:
        count("jobs_interrupted")
        _log.warning("database_lost", discovery=discovery_id, error=type(error).__name__)
        connection.close()


@told("train")
def train_model(row_id: str) -> None:
    """Train a model of an engine; like every job it may come twice, late or never."""
    try:
        train(uuid.UUID(row_id))
    except Error as error:
        count("jobs_interrupted")
        _log.warning("database_lost", model=row_id, error=type(error).__name__)
        connection.close()
