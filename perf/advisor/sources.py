"""Which statements cost most: recorded by silk in requests, and counted by pg_stat_statements where it is installed.

Both keep statements without values; what is read here is masked once more. Silk sees the share of requests that is
sampled and knows the place in the code; pg_stat_statements sees all, since it was last reset.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import Error, connection, transaction
from django.db.models import Count, Max, Sum
from django.utils import timezone
from silk.models import Request, SQLQuery

from perf.advisor.places import place_of
from perf.advisor.statements import fingerprint, masked, verb

LOOK_BACK = timedelta(days=1)
MOST = 200
REPEATS = 10
#: Requests for a page that no longer send a statement before it counts as mended.
MENDED_AFTER = 3
_VERBS = frozenset({"SELECT", "WITH", "UPDATE", "DELETE", "INSERT"})
#: Statements of the instruments about themselves, and of PostgreSQL's catalogue.
_OWN = ("silk_", "pg_", "information_schema", "query_findings", "finding_steps", "EXPLAIN")


@dataclass(frozen=True, slots=True)
class Observed:
    """A statement, how often and how long (milliseconds in all) it ran in the last day, and from where.

    ``is_current`` is False when the page that sent it was opened several times since without sending it. ``counted``
    are the calls that pg_stat_statements ever counted (0 for silk): while they stay, the statement did not run.
    """

    statement: str
    calls: int
    total_ms: float
    source: str
    place: str = ""
    requests: tuple[str, ...] = ()
    fingerprint: str = ""
    is_current: bool = True
    counted: int = 0

    @property
    def mean_ms(self) -> float:
        """Of one call."""
        return self.total_ms / max(1, self.calls)


@dataclass(frozen=True, slots=True)
class Repeated:
    """A statement that one request sent again and again: ``times`` in the worst request."""

    observed: Observed
    times: int
    path: str


def observed(now: datetime | None = None) -> list[Observed]:
    """The costliest first; a statement that both sources know counts with the larger total and keeps its place."""
    since = (now or timezone.now()) - LOOK_BACK
    merged: dict[str, Observed] = {}
    for each in (*from_silk(since), *from_statistics(since)):
        known = merged.get(each.fingerprint)
        merged[each.fingerprint] = _together(known, each) if known else each
    return sorted(merged.values(), key=lambda one: -one.total_ms)


def _together(known: Observed, other: Observed) -> Observed:
    if known.source == other.source:
        calls, total_ms = known.calls + other.calls, known.total_ms + other.total_ms
        is_current = known.is_current or other.is_current
        return replace(
            known, calls=calls, total_ms=total_ms, is_current=is_current, counted=known.counted + other.counted
        )
    if other.total_ms <= known.total_ms:
        return known
    return replace(known, calls=other.calls, total_ms=other.total_ms)


def from_silk(since: datetime) -> Iterator[Observed]:
    """What silk recorded since then, the costliest texts first."""
    recorded = SQLQuery.objects.filter(start_time__gte=since).order_by().values("query")
    costly = recorded.annotate(calls=Count("pk"), total=Sum("time_taken"), last=Max("pk")).order_by("-total")[:MOST]
    rows = [row for row in costly if is_ours_to_judge(row["query"])]
    lasts = SQLQuery.objects.select_related("request").in_bulk([row["last"] for row in rows])
    for row in rows:
        yield _seen_by_silk(row, lasts[row["last"]])


def repeats(now: datetime | None = None, least: int = REPEATS) -> list[Repeated]:
    """Statements that one request sent at least ``least`` times, each once as it was seen last, the costliest first."""
    since = (now or timezone.now()) - LOOK_BACK
    groups = SQLQuery.objects.filter(start_time__gte=since).order_by().values("query", "request_id", "request__path")
    groups = groups.annotate(times=Count("pk"), total=Sum("time_taken"), last=Max("pk")).filter(times__gte=least)
    found: dict[str, Repeated] = {}
    for row in groups.order_by("-last")[: MOST * 5]:
        if is_ours_to_judge(row["query"]):
            _add_repeated(found, row)
    return sorted(found.values(), key=lambda one: -one.observed.total_ms)


def _add_repeated(found: dict[str, Repeated], row: dict[str, Any]) -> None:
    key = fingerprint(row["query"])
    known = found.get(key)
    if known is None:
        last = SQLQuery.objects.select_related("request").get(pk=row["last"])
        found[key] = Repeated(_seen_by_silk(row | {"calls": row["times"]}, last), row["times"], row["request__path"])
        return
    one = known.observed
    together = replace(one, calls=one.calls + row["times"], total_ms=one.total_ms + (row["total"] or 0.0))
    found[key] = replace(known, observed=together, times=max(known.times, row["times"]))


def _seen_by_silk(row: dict[str, Any], last: SQLQuery) -> Observed:
    statement = masked(row["query"])
    return Observed(
        statement=statement,
        calls=row["calls"],
        total_ms=float(row["total"] or 0.0),
        source="silk",
        place=place_of(last.traceback),
        requests=(str(last.request_id),) if last.request_id else (),
        fingerprint=fingerprint(statement),
        is_current=_is_current(last),
    )


def _is_current(last: SQLQuery) -> bool:
    """Whether it was last seen in one of the latest requests for its page; one answer from a cache proves nothing."""
    if last.request is None:
        return True
    newer = Request.objects.filter(path=last.request.path, start_time__gt=last.request.start_time)
    return int(newer.count()) < MENDED_AFTER


def from_statistics(since: datetime) -> Iterator[Observed]:
    """What pg_stat_statements counted, as a share of a day; nothing where it is not installed or not to be read."""
    for text, calls, total_ms, age in _statistics():
        if text and is_ours_to_judge(text):
            statement = masked(text)
            share = min(1.0, (timezone.now() - since).total_seconds() / max(1.0, age))
            yield Observed(
                statement=statement,
                calls=max(1, round(calls * share)),
                total_ms=total_ms * share,
                source="pg_stat_statements",
                fingerprint=fingerprint(statement),
                counted=calls,
            )


def has_statistics() -> bool:
    """Whether pg_stat_statements answers."""
    return _read(_PROBE) is not None


def _statistics() -> list[tuple[str, int, float, float]]:
    return (_read(_STATISTICS, [MOST]) or []) if has_statistics() else []


def _read(statement: str, parameters: list[Any] | None = None) -> list[Any] | None:
    """Its rows; None where the extension is missing, not loaded or closed to us."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())
    except Error:
        return None


def is_ours_to_judge(statement: str) -> bool:
    """Whether it is a statement of the product on its own tables."""
    return verb(statement) in _VERBS and not any(name in statement for name in _OWN)


_PROBE = "SELECT 1 FROM pg_stat_statements LIMIT 1"
_STATISTICS = """
SELECT s.query, s.calls, s.total_exec_time, EXTRACT(EPOCH FROM now() - i.stats_reset)::float
  FROM pg_stat_statements s, pg_stat_statements_info i
 WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.toplevel
 ORDER BY s.total_exec_time DESC
 LIMIT %s
"""
