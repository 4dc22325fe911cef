"""What the page "Performance" asks of the domain: comments a minute, and what engines of the network cost."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analysis.admin.cost_page import SCOPES
from analysis.insights.costs import BudgetState, Period, budgets, costs
from analysis.models import BudgetScope
from analysis.processing.write import LABELLED
from analysis.web import figures
from perf.history import counters
from perf.panels import Body, Card, Chart, Link, Panel, Scope, Series, Table, Tone, register
from perf.words import labels, number, per_minute, twin

_DAYS = 30
_NEARLY = 0.8
_ASKED, _TROUBLES = "provider.items", "provider.troubles"


def build_comments(scope: Scope) -> Body:
    """Comments that got their labels, a minute."""
    period = scope.period
    sums = counters(period, [LABELLED]).get(LABELLED)
    if not sums:
        return Body(empty=_("No comment was labelled in this period."))
    rates = per_minute(period, sums)
    told = {"comments": number(sum(sums)), "most": number(max(rates))}
    return Body(
        says=_("%(comments)s comments got their labels; %(most)s a minute at most.") % told,
        chart=Chart("columns", labels(period), [Series(_("comments"), rates, 5)], unit=_("a minute")),
        table=Table([_("Time"), _("Comments a minute")], twin(period, [[number(rate, 1) for rate in rates]])),
    )


def build_costs(scope: Scope) -> Body:
    """Budgets, what was spared, and the texts that providers were asked about."""
    told, asked = costs(Period.last(_DAYS)), counters(scope.period, [_ASKED, _TROUBLES])
    cards = [_budget(one) for one in budgets() if one.scope != BudgetScope.SESSION]
    days = {"days": _DAYS}
    cards += [
        Card(_("Spent in %(days)d days") % days, figures.money(told.spend.cost), _calls(told.spend.calls)),
        Card(
            _("Spared in %(days)d days") % days,
            figures.money(told.savings.cost),
            _("%(calls)s calls fewer") % {"calls": number(told.savings.calls)},
        ),
    ]
    tones = {card.tone for card in cards}
    return Body(
        tone=next((one for one in ("bad", "warn") if one in tones), ""),
        cards=cards,
        chart=_asked(scope, asked.get(_ASKED)),
        table=_asked_table(scope, asked.get(_ASKED)),
        links=[Link(_("Costs"), reverse("costs")), Link(_("Nodes and cache"), reverse("nodes-and-cache"))],
    )


def _budget(budget: BudgetState) -> Card:
    most = figures.money(budget.most) if budget.most is not None else ""
    note = _("of %(most)s") % {"most": most} if most else _("No budget is set: there is no limit.")
    return Card(SCOPES[BudgetScope(budget.scope)], figures.money(budget.committed), note, _tone(budget.used))


def _tone(used: float | None) -> Tone:
    if used is None:
        return ""
    return "bad" if used >= 1 else "warn" if used >= _NEARLY else "good"


def _calls(calls: int) -> str:
    return _("%(calls)s calls") % {"calls": number(calls)}


def _asked(scope: Scope, sums: list[int] | None) -> Chart | None:
    if not sums:
        return None
    series = [Series(_("texts that providers were asked about"), per_minute(scope.period, sums), 2)]
    return Chart("columns", labels(scope.period), series, unit=_("a minute"))


def _asked_table(scope: Scope, sums: list[int] | None) -> Table | None:
    if not sums:
        return None
    return Table([_("Time"), _("Texts")], twin(scope.period, [[number(n) for n in sums]]))


register(
    Panel(
        key="comments",
        question=gettext_lazy("How many comments get their labels?"),
        meaning=gettext_lazy(
            "Comments whose labels were stored, a minute, with those that repeat another one. Nothing is drawn while "
            "no session is being worked on."
        ),
        remedy=gettext_lazy(
            "Fewer than usual while sessions wait: see whether workers are alive and how busy the processor is; "
            "with an engine of the network, whether its node answers, and how soon."
        ),
        build=build_comments,
        place=18,
    )
)
register(
    Panel(
        key="costs",
        question=gettext_lazy("What does it cost, and what is spared?"),
        meaning=gettext_lazy(
            "Money for engines of the network, what is promised to calls in flight included. Spared is held "
            "against one "
            "call for each comment and each kind of labels."
        ),
        remedy=gettext_lazy(
            "Near a budget: sessions wait when it is used up, and nothing is lost. Raise it, or choose the engine "
            "that asks only where the embedded one is unsure."
        ),
        build=build_costs,
        place=40,
        permission="analysis.view_providercall",
    )
)
