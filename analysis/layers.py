"""The layers of optimisation as this product has them, and where each strategy is switched (``perf.layers``)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analysis.insights.costs import Period, costs
from analysis.models import ProviderNode
from perf.benchmarks.machine import cores
from perf.layers import Layer, Metric, Strategy, register
from perf.metrics import machine_load
from perf.models import OperationMinute

_HOUR = timedelta(hours=1)
_WEB, _API, _QUERIES = ("web.",), ("web.api", "web.analyze"), ("insights.count", "analysis.read", "analysis.write")
_MILLION = 1_000_000


def _mean_ms(*beginnings: str) -> float | None:
    """Of the operations of the last hour whose name begins so, by the minute tables."""
    calls, total = _sums(beginnings)
    return total / calls if calls else None


def _calls_a_minute(*beginnings: str) -> float | None:
    calls, _total = _sums(beginnings)
    return calls / (_HOUR.total_seconds() / 60) if calls else None


def _sums(beginnings: Sequence[str]) -> tuple[int, float]:
    latest = OperationMinute.objects.filter(minute__gte=timezone.now() - _HOUR)
    calls, total = 0, 0.0
    for beginning in beginnings:
        found = latest.filter(operation__startswith=beginning).aggregate(calls=Sum("calls"), total=Sum("total_ms"))
        calls, total = calls + (found["calls"] or 0), total + (found["total"] or 0.0)
    return calls, total


def _connections() -> float | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return float(cursor.fetchone()[0])


def _cost_a_million() -> float | None:
    """US dollars for a million texts of engines of the network, in the last 30 days."""
    told = costs(Period.last())
    asked = told.ways.cached + told.spend.items
    return float(told.spend.cost) * _MILLION / asked if asked else None


def _machine(place: int) -> float:
    return 100 * machine_load()[place]


def _web_processes() -> int:
    return int(os.environ.get("WEB_CONCURRENCY") or min(max(cores(), 2), 8))


register(
    Layer(
        "application",
        _("Application"),
        50.0,
        (
            Metric(
                "response time",
                _("response time"),
                "ms",
                lambda: _mean_ms(*_WEB),
                _("A request that nobody asked before is counted in any case, and pages of comments are not kept."),
            ),
            Metric(
                "throughput",
                _("throughput"),
                _("requests/min"),
                lambda: _calls_a_minute(*_WEB),
                _("Labelling itself takes its time, however many comments are taken at once."),
            ),
        ),
        (
            Strategy(
                "caching",
                _("Caching"),
                _("The numbers of a session are counted once and kept until they change."),
                "RESPONSE_CACHE=0",
                lambda: settings.RESPONSE_CACHE,
            ),
            Strategy(
                "batching",
                _("Batching"),
                _("Workers label and write a thousand comments at a time, in one transaction."),
                "CHUNK_ROWS=1",
                lambda: settings.CHUNK_ROWS > 1,
            ),
            Strategy(
                "lazy loading",
                _("Lazy loading"),
                _("Files, tables and exports are streamed; the model is mapped into memory and read where it is used."),
                _("no switch: without it the memory would not suffice; see the benchmark “memory”"),
                lambda: True,
            ),
        ),
    )
)
register(
    Layer(
        "database",
        _("Database"),
        40.0,
        (
            Metric(
                "query time",
                _("query time"),
                "ms",
                lambda: _mean_ms(*_QUERIES),
                _("The sample's tables are small: PostgreSQL reads them whole almost as fast as by an index."),
            ),
            Metric(
                "connections",
                _("connections"),
                _("connections"),
                _connections,
                _("The pool keeps some open, and each was opened once."),
            ),
        ),
        (
            Strategy(
                "indexing",
                _("Indexing"),
                _("Each documented query has the index it needs."),
                "DB_INDEXES=0",
                lambda: settings.DB_INDEXES,
            ),
            Strategy(
                "query optimisation",
                _("Query optimisation"),
                _("A page is one query, cut by where the last one ended; all numbers of an overview are four queries."),
                _("no switch: the plain way is in the benchmark only"),
                lambda: True,
            ),
            Strategy(
                "pooling",
                _("Connection pooling"),
                _("Requests share a few connections that stay open."),
                "DB_POOL=0",
                lambda: settings.DB_POOL,
            ),
        ),
    )
)
register(
    Layer(
        "api",
        _("API"),
        60.0,
        (
            Metric(
                "latency",
                _("latency"),
                "ms",
                lambda: _mean_ms(*_API),
                _("A text that is new waits for the provider, and up to 100 ms for others to fill its batch."),
            ),
            Metric(
                "cost per request",
                _("cost per request"),
                _("USD a million"),
                _cost_a_million,
                _("Texts that differ are paid for, each of them once."),
            ),
        ),
        (
            Strategy(
                "request batching",
                _("Request batching"),
                _("Texts of several requests go to a provider in one call."),
                "REQUEST_BATCHING=0",
                lambda: settings.REQUEST_BATCHING,
            ),
            Strategy(
                "response caching",
                _("Response caching"),
                _("Answers are kept in memory and in Redis: the same text is not paid for twice."),
                "ANSWER_CACHING=0",
                lambda: settings.ANSWER_CACHING,
            ),
            Strategy(
                "rate limiting",
                _("Rate limiting"),
                _("Who asks without end is told to wait, and slows nobody else."),
                "RATE_LIMITING=0",
                lambda: settings.RATE_LIMITING,
            ),
        ),
    )
)
register(
    Layer(
        "infrastructure",
        _("Infrastructure"),
        30.0,
        (
            Metric(
                "cpu",
                _("processor"),
                "%",
                lambda: _machine(0),
                _("The page itself is made by the web server in any case."),
            ),
            Metric("memory", _("memory"), "%", lambda: _machine(1), _("Each process holds the product and its model.")),
        ),
        (
            Strategy(
                "resource scaling",
                _("Resource scaling"),
                _("A web process for each core, each with threads that share its memory; as many workers as wanted."),
                "WEB_CONCURRENCY=1",
                lambda: _web_processes() > 1,
            ),
            Strategy(
                "load balancing",
                _("Load balancing"),
                _("Calls are shared among the nodes that are well, by their weight."),
                _("a pool with one node in use"),
                lambda: ProviderNode.objects.filter(is_enabled=True).count() > 1,
            ),
            Strategy(
                "cdn",
                _("Content delivery network"),
                _("Style sheets, scripts and fonts come from a network near the reader, not from the web server."),
                "STATIC_URL=/static/",
                lambda: settings.STATIC_URL.startswith(("http://", "https://")),
            ),
        ),
    )
)
