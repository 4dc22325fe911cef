"""The page "Nodes and cache": how calls are shared, how each node fares, what the cache of answers holds and spares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analysis.admin.nodes import looked_at
from analysis.admin.operations import show
from analysis.insights import labels
from analysis.insights.answers import answers, seconds_spared
from analysis.insights.costs import Period, costs
from analysis.insights.nodes import Condition, NodeState, node_states
from analysis.models import Algorithm, NodePool, RemoteEngine
from analysis.routing import nodes, upkeep
from analysis.routing.balancer import LEAST_SHARE
from analysis.routing.breaker import FAILURES, OPEN_SECONDS
from analysis.web import figures
from perf import tunables
from perf.pages import staff_page
from perf.words import width

ALGORITHMS = {
    Algorithm.WEIGHTED_ROUND_ROBIN: gettext_lazy(
        "Nodes take turns; one whose weight that counts is twice as great gets twice as many calls."
    ),
    Algorithm.ROUND_ROBIN: gettext_lazy("Nodes take turns, whatever their weight."),
    Algorithm.LEAST_CONNECTIONS: gettext_lazy("The node with the fewest calls in hand, for its weight, is next."),
    Algorithm.IP_HASH: gettext_lazy("All calls of a session go to the same node, as long as it answers."),
}
_TONES = {
    Condition.WELL: "good", Condition.AWAY: "bad", Condition.OPEN: "bad", Condition.HALF_OPEN: "warn",
    Condition.QUIET: "warn", Condition.DRAINING: "warn",
}  # fmt: skip


@staff_page("analysis.view_providernode")
def node_page(request: HttpRequest) -> HttpResponse:
    """Each pool with its nodes, and the cache of answers."""
    told, held = costs(Period.last()), answers()
    context: dict[str, Any] = {
        "title": _("Nodes and cache"),
        "pools": _pools(node_states()),
        "knob_in_force": tunables.is_in_force(nodes.BATCH_SIZE),
        "least": figures.percent(LEAST_SHARE, 0),
        "check_seconds": figures.number(settings.NODE_CHECK_SECONDS),
        "failures": FAILURES,
        "open_seconds": figures.number(OPEN_SECONDS),
        "told": told,
        "held": held,
        "versions": _versions(held.stock.by_label) if held.stock else [],
        "kept_days": settings.ANSWERS_KEPT_DAYS,
        "seconds": seconds_spared(told.ways, told.spend),
        "saved": next(saving for saving in told.savings.ways if saving.way == "cached"),
    }
    return show(request, "nodes", context)


@staff_page("analysis.view_providernode", methods=("GET", "HEAD", "POST"))
def forget_page(request: HttpRequest) -> HttpResponse:
    """Ask, then forget the answers; superusers only, since every text is paid for again."""
    if not getattr(request.user, "is_superuser", False):
        raise PermissionDenied
    if request.method != "POST":
        held = answers().stock
        context = {"title": _("Forget the answers"), "held": held, "engines": RemoteEngine.choices}
        return show(request, "forget", context)
    engine = request.POST.get("engine", "")
    if engine and engine not in RemoteEngine.values:
        raise PermissionDenied
    forgotten = upkeep.forget_answers(actor=request.user, engine=engine)
    text = ngettext("%(n)s answer was forgotten.", "%(n)s answers were forgotten.", forgotten)
    messages.success(request, text % {"n": figures.number(forgotten)})
    return redirect("nodes-and-cache")


def _pools(states: Iterable[NodeState]) -> list[dict[str, Any]]:
    """Each pool in words, with its nodes."""
    by_engine: dict[str, list[NodeState]] = {}
    for state in states:
        by_engine.setdefault(state.engine, []).append(state)
    return [
        {
            "pool": pool,
            "algorithm": ALGORITHMS[Algorithm(pool.algorithm)],
            "nodes": [_node(state) for state in by_engine.get(pool.engine, [])],
            "is_without_nodes": not any(state.effective_weight for state in by_engine.get(pool.engine, [])),
        }
        for pool in NodePool.objects.select_related("model").filter(engine__in=RemoteEngine.values)
    ]


def _node(state: NodeState) -> dict[str, Any]:
    return {
        "state": state,
        "tone": _TONES.get(state.condition, ""),
        "words": labels.name_of("node_condition", state.condition),
        "trouble": labels.name_of("trouble", state.trouble) if state.condition is Condition.AWAY else "",
        "breaker": labels.name_of("breaker", state.breaker),
        "looked_at": looked_at(state),
        "bar": width(state.share or 0.0, 1.0),
    }


def _versions(by_label: Any) -> list[tuple[str, str, int]]:
    """Engine in words, version, entries."""
    return [(labels.name_of("engine", label.split("-")[0]), label, n) for label, n in by_label.items()]
