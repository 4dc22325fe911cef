"""What comments say in almost the same words, and what they speak of that no theme names.

The page shows what a worker has found; it finds nothing itself. Each number leads to the comments behind it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from analysis import access
from analysis.insights.fields import FilterError
from analysis.insights.filters import CommentFilter
from analysis.models import Comment, Discovery, DiscoveryKind, DiscoveryState, Session
from analysis.processing.discoveries import ask, is_stale, latest
from analysis.processing.heartbeat import workers_alive
from analysis.processing.verbs import StateError
from analysis.web.chips import chips
from analysis.web.kpis import comments_url
from analysis.web.pages import PageRequest, page, session_or_404

SIZE = 25
_BESIDES = ("session", "page")


@dataclass(frozen=True, slots=True)
class Group:
    """A line of the table: how it is called, its comments and their share of those looked at."""

    number: int
    name: str
    n: int
    texts: int
    share: float
    href: str
    examples: list[str]


@dataclass(frozen=True, slots=True)
class Panel:
    """One kind of discovery as the page shows it; ``found`` is None until there is one."""

    kind: str
    question: str
    formula: str
    action: str
    found: Discovery | None
    stale: bool = False
    groups: tuple[Group, ...] = ()
    number_of_groups: int = 0
    grouped: int = 0
    rest: int = 0
    n: int = 0
    rest_href: str = ""
    before: int = 0
    after: int = 0

    @property
    def waits(self) -> bool:
        """Whether a worker has it in hand, or none yet."""
        return self.found is not None and not self.found.is_final


@page()
def discover(request: PageRequest, session_id: uuid.UUID) -> HttpResponse:
    """Both kinds, of the comments that pass the filter in the address; to htmx only the part that changes."""
    session = session_or_404(request, session_id)
    context: dict[str, object] = {"session": session}
    status = 200
    try:
        chosen = CommentFilter.parse(request.GET, besides=_BESIDES).where(session=session.pk)
    except FilterError as error:
        context["error"], status = error, 400
        chosen = CommentFilter(session=session.pk)
    found = latest(session=session, chosen=chosen)
    panels = [_panel(kind, found.get(kind), session, _page_number(request)) for kind in DiscoveryKind.values]
    waiting = any(panel.waits for panel in panels)
    context |= {
        "chips": chips(chosen),
        "query": chosen.without("session").query_string(),
        "panels": panels,
        "waiting": waiting,
        "no_worker": waiting and not workers_alive(),
    }
    template = "web/parts/discover.html" if request.htmx else "web/discover.html"
    return render(request, template, context, status=status)


@page(access.WRITE, methods=("POST",))
def discover_find(request: PageRequest, session_id: uuid.UUID, kind: str) -> HttpResponse:
    """Have it looked for; the page says when it is there."""
    session = session_or_404(request, session_id)
    if kind not in DiscoveryKind.values:
        raise Http404(_("There is no such page."))
    try:
        chosen = CommentFilter.parse(request.GET, besides=_BESIDES).where(session=session.pk)
        ask(session=session, kind=kind, chosen=chosen, actor=request.user)
    except FilterError as error:
        messages.error(request, f"{error.field}: {error.message} {error.hint}")
        return redirect("discover", session_id=session.pk)
    except StateError as error:
        messages.warning(request, _(error.message))
    query = chosen.without("session").query_string()
    address = reverse("discover", args=[session.pk])
    return redirect(f"{address}?{query}" if query else address)


def _panel(kind: str, found: Discovery | None, session: Session, number: int) -> Panel:
    question, formula, action = _words(kind)
    if found is None or found.state != DiscoveryState.DONE:
        return Panel(kind, question, formula, action, found, stale=found is not None and is_stale(found, session))
    result = found.result
    first = min((number - 1) * SIZE, max(0, len(result["groups"]) - 1) // SIZE * SIZE)
    shown = result["groups"][first : first + SIZE]
    texts = _texts(session, [row for group in shown for row in group["examples"]])
    groups = [_group(found, at, group, texts) for at, group in enumerate(shown, start=first + 1)]
    return Panel(
        kind,
        question,
        formula,
        action,
        found,
        is_stale(found, session),
        tuple(groups),
        len(result["groups"]),
        result["grouped"],
        result["rest"],
        result["n"],
        _href(found, 0) if result["rest"] else "",
        first // SIZE,
        first // SIZE + 2 if len(result["groups"]) > first + SIZE else 0,
    )


def _group(found: Discovery, number: int, group: dict[str, Any], texts: dict[int, str]) -> Group:
    examples = [texts[row] for row in group["examples"] if row in texts]
    name = ", ".join(group["words"]) if "words" in group else (examples or [""])[0]
    share = group["n"] / found.result["n"]
    shown = examples if "words" in group else examples[1:3]
    return Group(number, name, group["n"], group["texts"], share, _href(found, number), shown)


def _href(found: Discovery, number: int) -> str:
    """The list of exactly those comments; the filter of the discovery is in it already."""
    return comments_url(CommentFilter(session=found.session_id, group=f"{found.pk}:{number}"))


def _texts(session: Session, rows: list[int]) -> dict[int, str]:
    return dict(Comment.objects.filter(session=session, row_number__in=rows).values_list("row_number", "text"))


def _page_number(request: PageRequest) -> int:
    given = request.GET.get("page", "")
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 6 else 1


def _words(kind: str) -> tuple[str, str, str]:
    """The question, how it is answered, and what the button says."""
    if kind == DiscoveryKind.SIMILAR:
        return (
            _("What do many say in almost the same words?"),
            _(
                "comments whose texts differ in spelling, marks and order only; a negation, a number or an opposite "
                "makes another group; each is like each of its group; repeats count"
            ),
            _("Find groups"),
        )
    return (
        _("What do they speak of that no theme names?"),
        _(
            "comments with no theme but “Other” or “General satisfaction”, and no word that shows it; NMF over the "
            "TF-IDF of words and pairs of words, named by class-based TF-IDF; a comment is in one topic at most"
        ),
        _("Find topics"),
    )
