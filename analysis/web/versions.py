"""A session's engine versions side by side: what changed, the comments behind each number, the way back in one step."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analysis import access
from analysis.engine_models import models_of
from analysis.engines.registry import get_engine
from analysis.insights import labels
from analysis.insights.versions import LABELS, Comparison, Move, compare, moved_comments, versions_of
from analysis.intake.errors import IntakeError
from analysis.models import USABLE_STATES, Session
from analysis.processing import verbs
from analysis.routing.remote import Unusable, is_remote
from analysis.routing.router import engine_version
from analysis.web.faults import fault_of
from analysis.web.pages import PageRequest, page, session_or_404

SIZE = 50
KINDS = {
    "sentiment": gettext_lazy("Sentiment"),
    "urgency": gettext_lazy("Urgency"),
    "churn_risk": gettext_lazy("Churn risk"),
    "language": gettext_lazy("Language"),
    "themes": gettext_lazy("Themes"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of change in words, and the address of the comments behind it."""

    old: str
    new: str
    n: int
    query: str


@page()
def versions(request: PageRequest, session_id: uuid.UUID) -> HttpResponse:
    """The versions, the comparison of two of them, and the comments of one change."""
    session = session_or_404(request, session_id)
    found = versions_of(session)
    names = [version.version for version in found]
    after = _chosen(request, "after", names, 0)
    before = _chosen(request, "before", [*names[1:], *names[:1]], 0)
    compared = compare(session, before, after) if len(found) > 1 else None
    context = {
        "session": session,
        "versions": found,
        "usable": usable_versions(session.engine),
        "before": before,
        "after": after,
        "comparison": compared,
        "groups": _groups(compared) if compared else [],
        "kinds": KINDS,
        **(_comments(request, session, compared) if compared else {}),
    }
    return render(request, "web/versions.html", context)


@page(access.WRITE, methods=("POST",))
def version_show(request: PageRequest, session_id: uuid.UUID) -> HttpResponse:
    """Make the results of one version the current ones again."""
    session = session_or_404(request, session_id)
    try:
        verbs.show_version(session=session, version=request.POST.get("version", ""), actor=request.user)
    except verbs.StateError as error:
        messages.warning(request, _(error.message))
    else:
        messages.success(request, _("The results of this version are the current ones again."))
    return redirect("session-versions", session_id=session.pk)


@page(access.WRITE, methods=("POST",))
def version_analyze(request: PageRequest, session_id: uuid.UUID) -> HttpResponse:
    """Analyse again with one version."""
    session = session_or_404(request, session_id)
    try:
        verbs.reanalyze(session=session, version=request.POST.get("version", ""), actor=request.user)
    except verbs.StateError as error:
        messages.warning(request, _(error.message))
    except IntakeError as error:
        fault = fault_of(error)
        messages.error(request, f"{fault.message} {fault.hint}")
        return redirect("session-versions", session_id=session.pk)
    return redirect("progress", session_id=session.pk)


def usable_versions(name: str) -> list[str]:
    """The versions of an engine that can label here, the built-in one first."""
    if is_remote(name):
        try:
            return [engine_version(name)]
        except Unusable:
            return []
    trained = models_of(name).filter(state__in=USABLE_STATES).values_list("version", flat=True)
    return [get_engine(name).version, *trained]


def _chosen(request: PageRequest, name: str, known: list[str], place: int) -> str:
    given = request.GET.get(name, "")
    if given in known:
        return given
    return known[place] if known else ""


def _groups(compared: Comparison) -> list[tuple[str, list[Line]]]:
    return [(str(KINDS[label]), [_line(compared, move) for move in compared.of(label)]) for label in LABELS]


def _line(compared: Comparison, move: Move) -> Line:
    query = urlencode(
        {"before": compared.before, "after": compared.after, "label": move.label, "from": move.old, "to": move.new}
    )
    return Line(_name(move.label, move.old), _name(move.label, move.new), move.n, query)


def _name(label: str, code: str) -> str:
    kind = label.removesuffix("s") if label == "themes" else label
    return labels.name_of(kind, code) if code else _("not named")


def _comments(request: PageRequest, session: Session, compared: Comparison) -> dict[str, object]:
    """The comments of the change that the address names, a page at a time; nothing without one."""
    asked = (request.GET.get("label", ""), request.GET.get("from", ""), request.GET.get("to", ""))
    move = next((move for move in compared.moves if (move.label, move.old, move.new) == asked), None)
    if move is None:
        return {}
    above = request.GET.get("above", "0")
    rows = moved_comments(
        session, compared.before, compared.after, asked, above=int(above) if above.isdigit() and len(above) < 10 else 0,
        limit=SIZE + 1,
    )  # fmt: skip
    line = _line(compared, move)
    more = f"{line.query}&above={rows[SIZE - 1].row_number}" if len(rows) > SIZE else ""
    return {"move": line, "moved": rows[:SIZE], "more": more, "move_kind": KINDS[move.label]}
