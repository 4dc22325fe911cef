"""Ends: each is one conditional statement, so that it happens once however many see that it is due."""

from __future__ import annotations

import uuid

from django.db import connection

from analysis.models import Session, SessionState
from analysis.processing.plan import plan
from analysis.routing.remote import Unusable
from analysis.routing.router import engine_version

_COMPLETE = """
UPDATE sessions s SET completed_at = now(), revision = revision + 1,
       state = CASE WHEN EXISTS (SELECT 1 FROM chunks c WHERE c.session_id = s.id AND c.run = s.run
                                    AND (c.failed_count > 0 OR c.state = 'failed'))
                    THEN 'completed_with_errors' ELSE 'completed' END
 WHERE s.id = %(session)s AND s.state IN ('queued', 'running')
   AND NOT EXISTS (SELECT 1 FROM chunks c WHERE c.session_id = s.id AND c.run = s.run
                      AND c.state IN ('open', 'leased'))
"""
_CANCELLED = """
UPDATE sessions s SET state = 'cancelled', completed_at = now(), revision = revision + 1
 WHERE s.id = %(session)s AND s.state = 'cancelling'
   AND NOT EXISTS (SELECT 1 FROM chunks c WHERE c.session_id = s.id AND c.run = s.run AND c.state = 'leased')
"""


def complete(session_id: uuid.UUID) -> bool:
    """End the session when nothing is left to do; True for the one caller whose statement ended it."""
    with connection.cursor() as cursor:
        cursor.execute(_COMPLETE, {"session": session_id})
        if cursor.rowcount:
            return True
        cursor.execute(_CANCELLED, {"session": session_id})
        return bool(cursor.rowcount)


def begin_run(session: Session, version: str = "") -> int:
    """Start a run over what is pending, in the caller's transaction; returns the chunks planned.

    The engine's version is fixed here, the active one unless another is asked for: a run has one, whatever is
    activated or deployed meanwhile.
    """
    session.run += 1
    session.state = SessionState.QUEUED
    try:
        session.engine_version = engine_version(session.engine, version)
    except Unusable:
        session.engine_version = ""  # the session waits for a node, and gets its version then
    session.failure_code = session.failure_detail = ""
    session.started_at = session.completed_at = None
    session.save(
        update_fields=[
            "run", "state", "engine_version", "failure_code", "failure_detail", "started_at", "completed_at",
        ]
    )  # fmt: skip
    return plan(session)
