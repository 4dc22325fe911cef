"""The comments of a session: filtered, counted, a page at a time; everything that is chosen is in the address."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from analysis import access
from analysis.insights.comments import comments_for
from analysis.insights.fields import FilterError
from analysis.insights.filters import CommentFilter
from analysis.insights.paging import Page, page_of, parse_ordering
from analysis.models import Comment, Session
from analysis.web.chips import chips, groups, hidden
from analysis.web.pages import PageRequest, page, session_or_404

if TYPE_CHECKING:
    from analysis.insights.comments import LabelledComment

SIZE = 50
_BESIDES = ("ordering", "cursor", "session")
ORDERINGS = {
    "row_number": gettext_lazy("Order of the file"),
    "score": gettext_lazy("Worst first"),
    "-score": gettext_lazy("Best first"),
    "confidence": gettext_lazy("Least certain first"),
    "-created_at": gettext_lazy("Newest first"),
    "created_at": gettext_lazy("Oldest first"),
    "rating": gettext_lazy("Lowest rating first"),
    "-rating": gettext_lazy("Highest rating first"),
}


@page()
def comments(request: PageRequest, session_id: uuid.UUID) -> HttpResponse:
    """The list; to htmx only the results."""
    session = session_or_404(request, session_id)
    context: dict[str, object] = {"session": session, "orderings": ORDERINGS.items()}
    status = 200
    try:
        context |= _found(request, session)
    except FilterError as error:
        context |= {"error": error, "chosen": CommentFilter(), "groups": groups(CommentFilter()), "clear": True}
        status = 400
    partial = request.htmx and not request.htmx.history_restore_request
    template = "web/parts/comment_results.html" if partial else "web/comments.html"
    response = render(request, template, context, status=200 if partial else status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _found(request: PageRequest, session: Session) -> dict[str, object]:
    chosen = CommentFilter.parse(request.GET, besides=_BESIDES).where(session=session.pk)
    ordering = parse_ordering(request.GET.get("ordering"), chosen)
    found: QuerySet[LabelledComment] = comments_for(chosen, sessions=access.visible_sessions(request.user))
    shown = page_of(found, ordering=ordering, cursor=request.GET.get("cursor") or None, size=SIZE)
    query = chosen.without("session").query_string()
    return {
        "chosen": chosen,
        "ordering": ordering,
        "query": query,
        "total": found.count() if query else session.stored_count,
        "page": shown,
        "repeats": repeats_of(shown.comments),
        "chips": chips(chosen),
        "groups": groups(chosen),
        "hidden": hidden(chosen),
        "links": _links(shown, query),
    }


def repeats_of(shown: Iterable[Comment]) -> dict[uuid.UUID, int]:
    """How many other customers wrote the same text, by comment."""
    repeats = Comment.objects.filter(duplicate_of__in=[comment.pk for comment in shown])
    return dict(repeats.order_by().values_list("duplicate_of").annotate(n=Count("pk")))


def _links(shown: Page, query: str) -> dict[str, str]:
    """The queries of the pages before and after, "" at the ends."""
    base = f"{query}&" if query else ""
    ends = {"previous": shown.previous, "next": shown.next}
    return {
        name: base + urlencode({"ordering": shown.ordering, "cursor": cursor}) if cursor else ""
        for name, cursor in ends.items()
    }
