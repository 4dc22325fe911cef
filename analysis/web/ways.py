"""How the labels of a session were found: the panel for sessions that an engine of the network was asked for.

It is counted from the ledger, so the overview fetches it only once half of its place is in view.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from analysis.insights.costs import session_costs
from analysis.models import ProviderCall, Session, Usage
from analysis.web.pages import PageRequest, page, session_or_404

#: In the order of the way of a text.
NAMES = {
    "repeats": _("repeat a text of the session"),
    "trivial": _("say nothing that could be asked about"),
    "sure": _("labelled by the embedded engine, which was sure"),
    "cached": _("known from before"),
    "provided": _("asked of the engine"),
    "fallbacks": _("labelled by the embedded engine, as nobody answered"),
}


@dataclass(frozen=True, slots=True)
class WaysPanel:
    """``ways`` are (name, comments) over all analyses of the session; amounts are US dollars."""

    ways: list[tuple[str, int]]
    cost: Decimal
    calls: int
    saved: Decimal
    saved_calls: int
    provisional: int
    lasting: int


def ways_panel(session: Session) -> WaysPanel | None:
    """None for a session that no engine of the network was asked for."""
    told = session_costs(session)
    if told is None:
        return None
    ways = [(str(name), getattr(told.ways, way)) for way, name in NAMES.items() if getattr(told.ways, way)]
    return WaysPanel(
        ways, told.spend.cost, told.spend.calls, told.savings.cost, told.savings.calls, told.provisional, told.lasting
    )  # fmt: skip


def has_ways(session: Session) -> bool:
    """Whether an engine of the network was asked for it."""
    return Usage.objects.filter(session=session).exists() or ProviderCall.objects.filter(session=session).exists()


@page()
def session_ways(request: PageRequest, session_id: uuid.UUID) -> HttpResponse:
    """The panel alone for htmx, else a page of its own."""
    session = session_or_404(request, session_id)
    panel = ways_panel(session)
    if panel is None:
        raise Http404(_("There is no such page."))
    template = "web/parts/ways.html" if request.htmx else "web/ways.html"
    return render(request, template, {"session": session, "ways": panel})
