"""Lists of sessions cut into pages by where the last one ended."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from analysis.models import Session


@dataclass(frozen=True, slots=True)
class SessionPage:
    """Newest first; ``older`` and ``newer`` are ids to pass on, None at the ends."""

    sessions: list[Session]
    older: uuid.UUID | None
    newer: uuid.UUID | None


def page_of_sessions(sessions: QuerySet[Session], *, before: str = "", after: str = "", size: int) -> SessionPage:
    """The sessions older than ``before``, or newer than ``after``; the newest ones without either.

    An id that the reader cannot see begins anew.
    """
    place = _place(sessions, before or after)
    if place is None:
        rows = list(sessions.order_by("-created_at", "-id")[: size + 1])
        return _cut(rows, size, has_newer=False)
    if before:
        rows = list(sessions.filter(_older(place)).order_by("-created_at", "-id")[: size + 1])
        return _cut(rows, size, has_newer=True)
    rows = list(sessions.filter(_newer(place)).order_by("created_at", "id")[: size + 1])
    has_newer = len(rows) > size
    rows = rows[:size][::-1]
    return SessionPage(rows, rows[-1].pk if rows else None, rows[0].pk if rows and has_newer else None)


def _place(sessions: QuerySet[Session], given: str) -> Session | None:
    try:
        return sessions.filter(pk=uuid.UUID(given)).first() if given else None
    except ValueError:
        return None


def _older(place: Session) -> Q:
    return Q(created_at__lt=place.created_at) | Q(created_at=place.created_at, pk__lt=place.pk)


def _newer(place: Session) -> Q:
    return Q(created_at__gt=place.created_at) | Q(created_at=place.created_at, pk__gt=place.pk)


def _cut(rows: list[Session], size: int, *, has_newer: bool) -> SessionPage:
    shown = rows[:size]
    older = shown[-1].pk if len(rows) > size else None
    return SessionPage(shown, older, shown[0].pk if has_newer and shown else None)
