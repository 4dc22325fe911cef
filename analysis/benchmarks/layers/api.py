"""Batches of requests to a provider, answers that are kept, and limits: latency, and what a request costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial

from django.contrib.auth.models import User

from analysis import access, tokens
from analysis.benchmarks.layers.sides import side
from analysis.benchmarks.layers.workload import Workload
from analysis.benchmarks.users import Ask, Told, send_beside
from analysis.benchmarks.web import web_server
from perf.benchmarks.pairs import Turns, paired
from perf.benchmarks.registry import Better, Figure, Figures, Measure, milliseconds
from perf.layers import figure_of, gain

_NAME = "api"
_WEB = {"FIBER_PROCESS": "web", "DB_POOL_MAX": "20"}
_BATCHING, _CACHING = {"REQUEST_BATCHING": "0"}, {"ANSWER_CACHING": "0", "SINGLE_FLIGHT": "0"}
WHOLE = {"off": _BATCHING | _CACHING, "on": {}}
_ALONE = {"request batching": _BATCHING, "response caching": _CACHING}
_FLOODERS, _TIMES, _LIMIT = 12, 30, 30


@contextmanager
def api(workload: Workload) -> Iterator[Measure]:
    """Yield the measurement of the sample's texts, asked about twice, and of somebody polite beside a flood."""
    turns, ways = Turns(), WHOLE | (_ALONE if workload.whole else {})
    with _flooded(workload) as (servers, polite, flood):

        def measure() -> Figures:
            told = turns.round({name: partial(asked, workload, way) for name, way in ways.items()})
            latency = {name: Figure(one["ms"], "ms", Better.LOWER) for name, one in told.items()}
            cost = {name: Figure(one["cost"], "USD a million", Better.LOWER) for name, one in told.items()}
            figures = {
                **gain(_NAME, "latency", latency["off"], latency["on"]),
                **gain(_NAME, "cost per request", cost["off"], cost["on"]),
            }
            for name in sorted(set(ways) & set(_ALONE)):
                figures |= paired(figure_of(_NAME, name), cost[name], cost["on"])
            beside = turns.round({name: partial(_beside, server, polite, flood) for name, server in servers.items()})
            waits = {name: milliseconds(one.p95) for name, one in beside.items()}
            return figures | paired(figure_of(_NAME, "rate limiting"), waits["off"], waits["on"])

        yield measure


def asked(workload: Workload, environment: Mapping[str, str]) -> dict[str, float]:
    """What a side measures; a process of its own each time, since two would share the rows of the benchmark's node."""
    secret = workload.program.secret
    with side("asking", _WEB | dict(environment), secret=secret, texts=workload.texts) as measure:
        return measure()


@contextmanager
def _flooded(workload: Workload) -> Iterator[tuple[dict[str, str], list[Ask], list[Ask]]]:
    """Servers with and without limits; what a polite program asks, and what one asks that never stops."""
    owner = User.objects.get(membership__team=workload.program.team)
    scopes = access.scopes_of(owner)
    _row, other = tokens.create_token(user=owner, name="benchmark, flood", scopes=scopes, granted=scopes)
    mine, others = ((("Authorization", f"Bearer {secret}"),) for secret in (workload.program.secret, other))
    polite = [Ask("/api/v1/analyze", {"items": [{"text": text}]}, mine) for text in workload.texts[:_TIMES]]
    flood = [Ask(f"/api/v1/sessions/{workload.session.pk}/comments?page_size=500", headers=others)]
    limits = {"off": {"RATE_LIMITING": "0"}, "on": {"API_RATE_LIMIT": str(_LIMIT)}}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(web_server(environment=limit)).address for name, limit in limits.items()}
        yield servers, polite, flood


def _beside(server: str, polite: list[Ask], flood: list[Ask]) -> Told:
    return send_beside(server, polite, flood, flooders=_FLOODERS, times=_TIMES)
