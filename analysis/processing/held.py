"""Sessions that cannot go on for now: for want of money, or of anybody to ask. Nothing of them is lost.

They are paused with the reason and go on by themselves once it has passed: another day has begun, somebody raised the
budget or set up a node. Results that stand in for an engine that did not answer are asked for again in the same way.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from analysis import access
from analysis.engines.base import EngineError
from analysis.engines.registry import REMOTE_ENGINES
from analysis.models import FINAL_STATES, AnalysisResult, CommentStatus, ProviderCall, Session, SessionState
from analysis.processing.claim import Lease, give_back, stop
from analysis.processing.complete import begin_run
from analysis.processing.hints import hint, wanted_hints
from analysis.routing import ledger
from analysis.routing.pipeline import BUDGET, STOPPED
from analysis.routing.remote import (
    FALLBACK_REASONS,
    NO_CONSENT,
    NO_NODE,
    NOT_INSTALLED,
    PASSING_REASONS,
    Unusable,
    is_answering,
    is_remote,
    usable_pool,
)
from analysis.routing.router import engine_version

_WAIT_SECONDS = 15.0
_SOON = FALLBACK_REASONS | {STOPPED}
_UNUSABLE = (NO_NODE, NO_CONSENT, NOT_INSTALLED)
_log = structlog.get_logger(__name__)

_PENDING_AGAIN = """
UPDATE comments c SET status = 'pending', attempts = 0, error = ''
  FROM analysis_results r
 WHERE r.session_id = %(session)s AND r.is_current AND r.is_fallback AND r.fallback_reason = ANY(%(reasons)s)
   AND c.id = r.comment_id AND c.status = %(done)s
"""


def reason_of(left: Mapping[str, str]) -> str:
    """The reason that decides what becomes of the session."""
    return next((reason for reason in left.values() if reason.startswith(BUDGET)), next(iter(left.values())))


def hold_up(lease: Lease, reason: str) -> None:
    """Give the chunk back; the session pauses for want of money, nodes or consent, else it is tried again soon.

    Raises ``EngineError`` for a reason that is none of the engine's.
    """
    if reason not in _SOON and reason not in _UNUSABLE and not reason.startswith(BUDGET):
        raise EngineError(reason, permanent=False)
    if reason in _SOON:
        give_back(lease, delay=_WAIT_SECONDS)
        return
    with transaction.atomic():
        working = Session.objects.filter(
            pk=lease.session_id, state__in=(SessionState.QUEUED, SessionState.RUNNING)
        ).select_for_update().first()  # fmt: skip
        if working is not None:
            working.state, working.pause_reason = SessionState.PAUSED, reason
            working.save(update_fields=["state", "pause_reason"])
            access.record(None, "session.pause", working, reason=reason)
    _log.warning("session_held", session=str(lease.session_id), reason=reason)
    stop(lease)


def let_go() -> int:
    """Have those go on whose reason has passed; returns how many. For the sweep."""
    held = Session.objects.filter(state=SessionState.PAUSED).exclude(pause_reason="")
    return sum(_let_go(session.pk) for session in held if _has_passed(session))


def ask_again() -> int:
    """Begin runs over results that stand in for an engine which answers again; returns how many. For the sweep."""
    stand_ins = AnalysisResult.objects.filter(is_current=True, is_fallback=True, fallback_reason__in=PASSING_REASONS)
    waiting = Session.objects.filter(
        state__in=FINAL_STATES, engine__in=REMOTE_ENGINES, completed_at__lt=Now() - timedelta(seconds=_WAIT_SECONDS),
        pk__in=stand_ins.order_by().values("session"),
    )  # fmt: skip
    return sum(
        _ask_again(session.pk) for session in waiting if is_answering(session.engine, may_leave=session.sends_abroad)
    )


def _has_passed(session: Session) -> bool:
    if session.pause_reason in _UNUSABLE:
        try:
            if is_remote(session.engine):
                usable_pool(session.engine, may_leave=session.sends_abroad)
            engine_version(session.engine)
        except Unusable:
            return False
        return True
    scope = session.pause_reason.removeprefix(BUDGET)
    left = ledger.left(ledger.payer_of(session)).get(scope)
    last = ProviderCall.objects.order_by("-pk").values_list("reserved", flat=True).first()
    return left is None or left > (last or 0)


def _let_go(session_id: uuid.UUID) -> bool:
    with transaction.atomic():
        session = _free(session_id, Q(state=SessionState.PAUSED) & ~Q(pause_reason=""))
        if session is None:
            return False
        access.record(None, "session.resume", session, reason=session.pause_reason)
        session.state, session.pause_reason = SessionState.QUEUED, ""
        session.save(update_fields=["state", "pause_reason"])
        hint(session, wanted_hints(session.chunks.filter(run=session.run, state="open").count()))
    return True


def _ask_again(session_id: uuid.UUID) -> bool:
    with transaction.atomic():
        session = _free(session_id, Q(state__in=FINAL_STATES))
        if session is None:
            return False
        values: dict[str, Any] = {
            "session": session_id,
            "reasons": list(PASSING_REASONS),
            "done": CommentStatus.DONE.value,
        }
        with connection.cursor() as cursor:
            cursor.execute(_PENDING_AGAIN, values)
            comments = cursor.rowcount
        if not comments:
            return False
        chunks = begin_run(session, session.engine_version)
        access.record(None, "session.ask_again", session, comments=comments)
        hint(session, wanted_hints(chunks))
    return True


def _free(session_id: uuid.UUID, condition: Q) -> Session | None:
    """The session's row, locked, unless somebody else holds it: there is another round soon."""
    rows = Session.objects.filter(condition, pk=session_id)
    return rows.select_for_update(skip_locked=True, no_key=True).first()
