"""The page "Costs": what was spent against the budgets, on whom, what was spared and how, who waits for money."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analysis import access
from analysis.admin.operations import show
from analysis.insights import labels
from analysis.insights.cost_rules import KINDS, Saving, Spend
from analysis.insights.costs import BudgetState, Costs, Period, budgets, costs, fixed_tokens, paused_for_money
from analysis.models import BudgetScope, Session
from perf.pages import staff_page
from perf.words import width

_SHOWN = 20
_PERIODS = (7, 30, 90)
SCOPES = {
    BudgetScope.DAY: gettext_lazy("Today"),
    BudgetScope.MONTH: gettext_lazy("This month"),
    BudgetScope.SESSION: gettext_lazy("Each session"),
}
WAYS = {
    "repeats": (
        gettext_lazy("Repeats"),
        gettext_lazy("The same text, but for capitals, accents and white space, is asked about once in a session."),
    ),
    "trivial": (
        gettext_lazy("Not worth asking"),
        gettext_lazy("“.”, “no” or “todo bien” say nothing, and what the company wrote itself is no opinion."),
    ),
    "sure": (
        gettext_lazy("Sure without asking"),
        gettext_lazy("With the engine “auto”, the embedded engine keeps the comments that it is sure of."),
    ),
    "cached": (
        gettext_lazy("From the cache"),
        gettext_lazy("The same question was answered before, in this or in another session."),
    ),
    "batched": (
        gettext_lazy("Several texts a call"),
        gettext_lazy("Every call says the instructions again: texts that share a call say them once."),
    ),
    "together": (
        gettext_lazy("All labels in one call"),
        gettext_lazy("Sentiment, themes and emotions are asked for together, not in a call each."),
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: who, how much, and a bar of 0 to 100."""

    name: str
    spend: Spend
    bar: str
    address: str | None = None


@staff_page("analysis.view_providercall")
def cost_page(request: HttpRequest) -> HttpResponse:
    """The costs of the last days; ``days`` in the address is 7, 30 or 90."""
    days = next((n for n in _PERIODS if str(n) == request.GET.get("days")), 30)
    told = costs(Period.last(days))
    waiting = list(paused_for_money()[: _SHOWN + 1])
    named = _names_of(request, [key for key, _spend in told.sessions] + [str(session.pk) for session in waiting])
    context: dict[str, Any] = {
        "title": _("Costs"),
        "told": told,
        "days": days,
        "periods": _PERIODS,
        "budgets": [_budget(budget) for budget in budgets()],
        "by_day": _days(told),
        "by_engine": _lines([(_engine(*key), spend) for key, spend in told.engines]),
        "by_node": _lines([(name or _("nodes that were deleted"), spend) for name, spend in told.nodes]),
        "by_session": [_session(key, spend, named, told) for key, spend in told.sessions],
        "savings": [_saving(saving, told) for saving in told.savings.ways],
        "kinds": KINDS,
        "fixed_tokens": fixed_tokens("llm"),
        "waiting": [_waiting(session, named) for session in waiting[:_SHOWN]],
        "more_waiting": len(waiting) > _SHOWN,
    }
    return show(request, "costs", context)


def _budget(budget: BudgetState) -> dict[str, Any]:
    used = budget.used or 0.0
    return {
        "name": SCOPES[BudgetScope(budget.scope)],
        "budget": budget,
        "bar": width(used, 1.0),
        "tone": "bad" if used >= 1 else "warn" if used >= 0.8 else "",
    }


def _days(told: Costs) -> list[Line]:
    """The newest first."""
    most = max((float(spend.cost) for _day, spend in told.days), default=0.0)
    return [Line(_day(day), spend, width(float(spend.cost), most)) for day, spend in reversed(told.days)]


def _day(day: date) -> str:
    return date_format(day, "D d/m")


def _lines(rows: list[tuple[str, Spend]]) -> list[Line]:
    most = max((float(spend.cost) for _name, spend in rows), default=0.0)
    return [Line(name, spend, width(float(spend.cost), most)) for name, spend in rows]


def _engine(engine: str, model: str) -> str:
    name = labels.name_of("engine", engine)
    return f"{name} · {model}" if model else name


def _session(key: str, spend: Spend, named: dict[str, str], told: Costs) -> Line:
    most = max((float(one.cost) for _key, one in told.sessions), default=0.0)
    if not key:
        return Line(_("requests without a session"), spend, width(float(spend.cost), most))
    return Line(named.get(key, key), spend, width(float(spend.cost), most), key if key in named else None)


def _saving(saving: Saving, told: Costs) -> dict[str, Any]:
    name, explanation = WAYS[saving.way]
    most = max((float(one.cost) for one in told.savings.ways), default=0.0)
    return {"name": name, "explanation": explanation, "saving": saving, "bar": width(float(saving.cost), most)}


def _waiting(session: Session, named: dict[str, str]) -> dict[str, Any]:
    key = str(session.pk)
    return {"name": named.get(key, key), "known": key in named, "pk": session.pk,
            "reason": labels.name_of("pause", session.pause_reason)}  # fmt: skip


def _names_of(request: HttpRequest, keys: list[str]) -> dict[str, str]:
    """Names of the sessions that the reader may see: a superuser all, others their team's."""
    ids = [uuid.UUID(key) for key in keys if key]
    everything = getattr(request.user, "is_superuser", False)
    rows = Session.objects.all() if everything else access.visible_sessions(request.user)
    return {str(pk): name for pk, name in rows.filter(pk__in=ids).values_list("pk", "name")}
