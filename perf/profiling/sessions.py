"""Begins and ends the sessions in which more is recorded than usual."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.contrib.admin.models import ADDITION
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from perf.models import ProfilingScope, ProfilingSession
from perf.profiling import live
from perf.trail import note

MINUTES = 10
MOST_MINUTES = 120
MOST_RECORDINGS = 2_000


def check(session: ProfilingSession) -> None:
    """Raise ``ValidationError`` (by field) when the session would record nothing, or no end of things."""
    if session.scope in {ProfilingScope.PATH, ProfilingScope.VIEW} and not session.target:
        raise ValidationError({"target": _("Say which.")})
    if session.scope == ProfilingScope.PATH and not session.target.startswith("/"):
        raise ValidationError({"target": _("A path begins with a slash.")})
    if session.scope == ProfilingScope.USER and session.user is None:
        raise ValidationError({"user": _("Say whose.")})
    if not 1 <= session.most <= MOST_RECORDINGS:
        raise ValidationError({"most": _("Between 1 and %(most)s.") % {"most": MOST_RECORDINGS}})


def start(*, session: ProfilingSession, minutes: int, actor: User) -> ProfilingSession:
    """Open the session for so many minutes (1 to ``MOST_MINUTES``), and note who did."""
    check(session)
    session.started_at = timezone.now()
    session.ends_at = session.started_at + timedelta(minutes=max(1, min(minutes, MOST_MINUTES)))
    session.started_by = actor
    with transaction.atomic():
        session.save()
        told = f"for {minutes} minutes: {session.scope} {session.target}".strip()
        note(actor, session, told, flag=ADDITION)
    live.forget()
    return session


def stop(*, session: ProfilingSession, actor: User) -> bool:
    """End it now; False when it had ended already."""
    with transaction.atomic():
        is_mine = _end(session.pk, ProfilingSession.Ending.STOPPED)
        if is_mine:
            note(actor, session, "stopped")
    live.forget()
    return is_mine


def claim(session_id: uuid.UUID) -> bool:
    """Take one of the places for recordings, in the caller's transaction; the last one ends the session."""
    fresh = ProfilingSession.objects.filter(pk=session_id, ended_at=None, recorded__lt=F("most"))
    if not fresh.update(recorded=F("recorded") + 1):
        return False
    if ProfilingSession.objects.filter(pk=session_id, recorded__gte=F("most")).exists():
        _end(session_id, ProfilingSession.Ending.FULL)
    return True


def _end(session_id: uuid.UUID, ending: ProfilingSession.Ending) -> bool:
    now = timezone.now()
    running = ProfilingSession.objects.filter(pk=session_id, ended_at=None, ends_at__gt=now)
    return bool(running.update(ended_at=now, ending=ending))
