"""Home: how the last session went, what is running, what there is."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from analysis import access
from analysis.models import ACTIVE_STATES, SessionState
from analysis.processing.progress import progress
from analysis.web.kpis import latest_figures
from analysis.web.lists import page_of_sessions
from analysis.web.pages import PageRequest, page

RUNNING_SHOWN, SIZE = 5, 20


@page()
def home(request: PageRequest) -> HttpResponse:
    """The team's sessions, the newest one's figures against the one before, and a way to begin."""
    sessions = access.visible_sessions(request.user)
    active = sessions.filter(state__in=(*ACTIVE_STATES, SessionState.PAUSED)).order_by("-created_at")[:RUNNING_SHOWN]
    listed = page_of_sessions(
        sessions, before=request.GET.get("before", ""), after=request.GET.get("after", ""), size=SIZE
    )
    context = {
        "running": [(session, progress(session=session)) for session in active],
        "page": listed,
        "first_page": not (request.GET.get("before") or request.GET.get("after")),
        "figures": latest_figures(request.user),
    }
    return render(request, "web/home.html", context)
