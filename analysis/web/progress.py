"""How the work on a session goes, and what may be asked of it; the page may be closed meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from analysis import access
from analysis.insights import labels
from analysis.intake.errors import IntakeError
from analysis.models import ACTIVE_STATES, AnalysisKind, AnalysisResult, CommentStatus, Session, SessionState
from analysis.processing import verbs
from analysis.processing.progress import Progress
from analysis.processing.progress import progress as progress_of
from analysis.web.faults import fault_of, fault_of_session, held_by
from analysis.web.pages import PageRequest, page, session_or_404

_PARTIAL_SECONDS = 3
_ACTIONS: dict[str, Callable[..., Any]] = {
    "pause": verbs.pause,
    "resume": verbs.resume,
    "cancel": verbs.cancel,
    "retry": verbs.retry_failed,
    "analyze": verbs.start_analysis,
}
_OFFERED: dict[str, tuple[str, ...]] = {
    SessionState.IMPORTING: ("pause", "cancel"),
    SessionState.QUEUED: ("pause", "cancel"),
    SessionState.RUNNING: ("pause", "cancel"),
    SessionState.PAUSED: ("resume", "cancel"),
    SessionState.CANCELLED: ("resume", "reanalyze"),
    SessionState.COMPLETED: ("reanalyze",),
    SessionState.COMPLETED_WITH_ERRORS: ("retry", "reanalyze"),
}


@page()
def progress(request: PageRequest, session_id: uuid.UUID) -> HttpResponse:
    """The page, or to htmx only the part that changes."""
    session = session_or_404(request, session_id)
    context = state_of(session)
    template = "web/parts/progress.html" if request.htmx else "web/progress.html"
    return render(request, template, context)


@page(access.WRITE, methods=("POST",))
def session_action(request: PageRequest, session_id: uuid.UUID, action: str) -> HttpResponse:
    """Pause, resume, cancel, try the failed ones again, analyse again."""
    session = session_or_404(request, session_id)
    try:
        _ACTIONS[action](session=session, actor=request.user)
    except verbs.StateError as error:
        messages.warning(request, _(error.message))
    except IntakeError as error:
        messages.error(request, fault_of(error).message)
    return redirect("progress", session_id=session.pk)


@page(access.WRITE, methods=("POST",))
def import_mended(request: PageRequest, session_id: uuid.UUID) -> HttpResponse:
    """Take in the rejected rows that somebody mended."""
    session = session_or_404(request, session_id)
    upload = request.FILES.get("file")
    if upload is None:
        messages.error(request, _("No file was chosen."))
        return redirect("rejected", session_id=session.pk)
    try:
        verbs.import_mended(session=session, upload=upload, filename=upload.name or "file", actor=request.user)
    except IntakeError as error:
        fault = fault_of(error)
        messages.error(request, f"{fault.message} {fault.hint}")
        return redirect("rejected", session_id=session.pk)
    except verbs.StateError as error:
        messages.warning(request, _(error.message))
        return redirect("rejected", session_id=session.pk)
    return redirect("progress", session_id=session.pk)


def state_of(session: Session) -> dict[str, object]:
    """Everything the page shows; four to five small queries."""
    now = progress_of(session=session)
    return {
        "session": session,
        "progress": now,
        "live": session.state in ACTIVE_STATES,
        "fault": fault_of_session(session),
        "held": held_by(session),
        "actions": _OFFERED.get(session.state, ()),
        "partial": _partial(session, now),
        "took": _took(session),
    }


def _took(session: Session) -> float | None:
    if session.started_at is None or session.completed_at is None:
        return None
    return (session.completed_at - session.started_at).total_seconds()


def _partial(session: Session, now: Progress) -> list[tuple[str, int]]:
    """Labels so far by sentiment, of rows: repeats get theirs with their first. Counted anew every few seconds."""
    if now.phase not in ("analysis", "done"):
        return []
    key = f"partial:{session.pk}:{session.run}:{session.state}:{session.revision}"
    counts = cache.get_or_set(key, lambda: _counts(session), _PARTIAL_SECONDS) or {}
    return [(code, counts.get(code, 0)) for code in labels.SENTIMENTS] if counts else []


def _counts(session: Session) -> dict[str, int]:
    current = AnalysisResult.objects.filter(session=session, is_current=True, kind=AnalysisKind.ALL)
    labelled = current.exclude(comment__status=CommentStatus.PENDING).order_by()
    return dict(labelled.values_list("sentiment").annotate(n=Count("pk")))
