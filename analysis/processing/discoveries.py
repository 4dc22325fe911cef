"""Discoveries as people and programs ask for them; page and API call these same functions.

The row is the work: asking stores it and sends a hint, a worker claims it, and whoever looks reads it.
"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from analysis import access
from analysis.insights.filters import CommentFilter
from analysis.models import FINAL_STATES, Discovery, DiscoveryState, Session
from analysis.processing.hints import hint_discovery
from analysis.processing.verbs import StateError

#: Characters of a filter that ``Discovery.query`` holds.
MOST_OF_A_FILTER = 1000
#: A session keeps so many; asking for another one lets the oldest go.
MOST_KEPT = 20


def ask(*, session: Session, kind: str, chosen: CommentFilter, actor: User | None) -> Discovery:
    """Have ``kind`` looked for in the session's comments that pass the filter; the one there is when it was asked for.

    One that failed is tried again. Raises ``StateError`` while the session is worked on, and when it has no comments.
    """
    query = chosen.without("session").query_string()
    with transaction.atomic():
        locked = Session.objects.select_for_update(no_key=True).get(pk=session.pk)
        _must_be_ready(locked, query)
        discovery, created = Discovery.objects.get_or_create(
            session=locked, kind=kind, query=query, revision=locked.revision
        )
        if created:
            access.record(actor, "session.discover", locked, kind=kind)
            _let_the_oldest_go(locked)
        failed = Discovery.objects.filter(pk=discovery.pk, state=DiscoveryState.FAILED)
        if failed.update(state=DiscoveryState.OPEN, attempts=0, error="", finished_at=None):
            discovery.refresh_from_db()
        if not discovery.is_final:
            hint_discovery(discovery.pk, locked.priority)
    return discovery


def kept(session: Session) -> QuerySet[Discovery]:
    """The session's discoveries, the newest first, without their lists of rows."""
    return Discovery.objects.filter(session=session).defer("members").order_by("-created_at", "-pk")


def latest(*, session: Session, chosen: CommentFilter) -> dict[str, Discovery]:
    """By kind, the newest discovery in the comments that pass the filter."""
    found: dict[str, Discovery] = {}
    for discovery in kept(session).filter(query=chosen.without("session").query_string()):
        found.setdefault(discovery.kind, discovery)
    return found


def is_stale(discovery: Discovery, session: Session) -> bool:
    """Whether the session's outcome has changed since, or is changing."""
    return discovery.revision != session.revision or session.state not in FINAL_STATES


def _must_be_ready(session: Session, query: str) -> None:
    if session.state not in FINAL_STATES:
        raise StateError("still_working", _("Wait until the session has ended."))
    if not session.stored_count:
        raise StateError("no_comments", _("This session has no comments to look into."))
    if len(query) > MOST_OF_A_FILTER:
        raise StateError("filter_too_long", _("This filter is too long to be kept; take some of its values away."))


def _let_the_oldest_go(session: Session) -> None:
    old = Discovery.objects.filter(session=session).order_by("-created_at", "-pk").values_list("pk", flat=True)
    Discovery.objects.filter(pk__in=list(old[MOST_KEPT:])).delete()
