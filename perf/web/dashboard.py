"""The page "Performance" and each of its panels by itself."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perf.history import PERIODS, last
from perf.pages import staff_page
from perf.panels import Panel, Scope, find, panels_for
from perf.web.links import links_for
from perf.web.load import REQUESTS

USUAL = "1h"
NAMES = {"1h": gettext_lazy("last hour"), "24h": gettext_lazy("last 24 hours"), "7d": gettext_lazy("last 7 days")}
#: Of an operation's name; what is longer is none of ours.
_LONGEST = 120


@staff_page("perf.view_benchmarkrun")
def performance(request: HttpRequest) -> HttpResponse:
    """For staff who may see benchmark runs; for others there is no such page (404).

    Its first panel comes with it, the others are fetched once half of their place is in view.
    """
    scope = _scope(request)
    first, *later = panels_for(request.user)
    context = {**_frame(request, scope), **_answer(first, scope), "later": later, "links": links_for(request.user)}
    return render(request, "perf/performance.html", context)


@staff_page("perf.view_benchmarkrun")
def panel(request: HttpRequest, panel_key: str) -> HttpResponse:
    """One panel: alone for htmx, else as a page. Panels that the reader may not read do not exist (404)."""
    found = find(panel_key, request.user)
    if found is None:
        raise Http404(_("There is no such page."))
    scope = _scope(request)
    context = {**_frame(request, scope), **_answer(found, scope)}
    alone = "HX-Request" in request.headers
    return render(request, "perf/panel.html" if alone else "perf/panel_page.html", context)


def _scope(request: HttpRequest) -> Scope:
    """What the address asks for; what it asks for wrongly is as if it had not asked."""
    name = request.GET.get("period", USUAL)
    operation = request.GET.get("operation") or REQUESTS
    operation = operation if len(operation) <= _LONGEST and "\x00" not in operation else REQUESTS
    return Scope(last(name if name in PERIODS else USUAL), operation, request.user)


def _answer(panel: Panel, scope: Scope) -> dict[str, Any]:
    return {"panel": panel, "body": panel.build(scope), "seconds": panel.seconds(scope.period)}


def _frame(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    """What the page and a panel by itself both need."""
    period = scope.period.name
    chosen = {"period": period} | ({"operation": scope.operation} if scope.operation != REQUESTS else {})
    return {
        **admin.site.each_context(request),
        "title": _("Performance"),
        "period": period,
        "periods": list(NAMES.items()),
        "chosen": chosen,
        "asked_at": timezone.now(),
    }
