"""What silk recorded of a page, a job or a session: the slowest recordings, and the statements that took most."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Avg, Count, F, Max, OuterRef, QuerySet, Subquery, Sum
from silk.models import Request, SQLQuery

#: The newest recordings that are looked at, and how many of them and of their statements are shown.
_NEWEST = 500
_MOST = 10
_OFTEN = 5
_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>\S+)')


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request or job; ``statements_ms`` is the part of ``ms`` that its statements took."""

    id: str
    method: str
    path: str
    status: int | None
    at: datetime
    ms: float
    statements: int
    statements_ms: float
    has_functions: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement over all recordings: ``ms`` in all, ``mean_ms`` each; ``request`` and ``id`` are one example.

    ``place``: the nearest line of our own code that asked for it, as ``file:line function``.
    """

    text: str
    times: int
    ms: float
    mean_ms: float
    share: float
    times_each: float
    request: str
    id: int
    place: str

    @property
    def is_repeated(self) -> bool:
        """Whether one request sends it many times: its rows could be fetched together."""
        return self.times_each >= _OFTEN


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it; ``statements_share`` is the part (0 to 1) of the time that the statements took."""

    count: int
    mean_ms: float
    statements_share: float
    recordings: list[Recorded]
    statements: list[Statement]

    @property
    def has_functions(self) -> bool:
        """Whether Python was profiled in one of those shown."""
        return any(each.has_functions for each in self.recordings)


def of_view(name: str, since: datetime, method: str = "") -> Evidence:
    """Recorded requests to the page or endpoint of that URL name (or jobs: ``job.<kind>``) since then."""
    found = Request.objects.filter(view_name=name, start_time__gte=since)
    return _evidence(found.filter(method=method) if method else found)


def of_session(session_id: object) -> Evidence:
    """What a profiling session recorded."""
    return _evidence(Request.objects.filter(profiled__session=session_id))


def recordings_of(names: list[str], since: datetime) -> dict[str, int]:
    """How many recordings there are of each URL name since then."""
    found = Request.objects.filter(view_name__in=names, start_time__gte=since)
    return dict(found.order_by().values_list("view_name").annotate(Count("pk")))


def _evidence(found: QuerySet[Any]) -> Evidence:
    newest = list(found.filter(end_time__isnull=False).order_by("-start_time").values_list("pk", flat=True)[:_NEWEST])
    rows = Request.objects.filter(pk__in=newest)
    sums = rows.aggregate(n=Count("pk"), ms=Sum("time_taken"))
    whole = sums["ms"] or 0.0
    statements = SQLQuery.objects.filter(request__in=newest)
    in_statements = statements.aggregate(ms=Sum("time_taken"))["ms"] or 0.0
    return Evidence(
        count=sums["n"],
        mean_ms=whole / sums["n"] if sums["n"] else 0.0,
        statements_share=min(1.0, in_statements / whole) if whole else 0.0,
        recordings=_slowest(rows),
        statements=_heaviest(statements, sums["n"], whole),
    )


def _slowest(rows: QuerySet[Any]) -> list[Recorded]:
    own = SQLQuery.objects.filter(request=OuterRef("pk")).order_by().values("request").annotate(ms=Sum("time_taken"))
    rows = rows.select_related("response").annotate(sql_ms=Subquery(own.values("ms"))).order_by("-time_taken")
    return [
        Recorded(
            id=row.pk,
            method=row.method,
            path=row.path,
            status=getattr(getattr(row, "response", None), "status_code", None),
            at=row.start_time,
            ms=row.time_taken or 0.0,
            statements=row.num_sql_queries,
            statements_ms=row.sql_ms or 0.0,
            has_functions=bool(row.pyprofile),
        )
        for row in rows[:_MOST]
    ]


def _heaviest(statements: QuerySet[Any], requests: int, whole: float) -> list[Statement]:
    grouped = (
        statements.order_by()
        .values("query")
        .annotate(times=Count("pk"), ms=Sum("time_taken"), mean_ms=Avg("time_taken"), example=Max("pk"))
    )
    top = list(grouped.order_by(F("ms").desc(nulls_last=True))[:_MOST])
    examples: Mapping[int, SQLQuery] = SQLQuery.objects.in_bulk([each["example"] for each in top])
    return [
        Statement(
            text=each["query"],
            times=each["times"],
            ms=each["ms"] or 0.0,
            mean_ms=each["mean_ms"] or 0.0,
            share=min(1.0, (each["ms"] or 0.0) / whole) if whole else 0.0,
            times_each=each["times"] / requests,
            request=examples[each["example"]].request_id,
            id=each["example"],
            place=_place(examples[each["example"]].traceback),
        )
        for each in top
    ]


def _place(stack: str) -> str:
    """The first line of a stack as it was recorded; empty when there is none."""
    found = _FRAME.search(stack)
    if not found:
        return ""
    return f"{found['file'].removeprefix(f'{settings.BASE_DIR}/')}:{found['line']} {found['function']}"
