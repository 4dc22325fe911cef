"""Silk's rows of one request or job: times, counts and statements, never values.

At its own defaults silk keeps each statement with its parameters filled in, each body, each query string and each
header, asks PostgreSQL for a plan of every SELECT while the visitor waits, and updates its row once a statement. Here
a query string is kept by its names, a header when it is on a list, a body not at all; all rows of a recording are
written together when it has ended.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import psycopg
import structlog
from django.db import Error, models, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from silk.models import Request, Response, SQLQuery

from perf.models import ProfiledRequest
from perf.profiling import sessions
from perf.profiling.capture import Captured
from perf.profiling.live import OpenSession

_KEPT_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "content-encoding",
        "content-length",
        "content-type",
        "host",
        "hx-request",
        "user-agent",
        "x-request-id",
    }
)
_MASK = "…"
_LONGEST = 190
_log = structlog.get_logger(__name__)


def of_request(request: HttpRequest, captured: Captured) -> Request:
    """Silk's row of a request, not saved."""
    match = request.resolver_match
    return _row(
        captured,
        path=request.path,
        method=request.method or "",
        view_name=match.view_name if match else "",
        query_params=json.dumps(dict.fromkeys(request.GET, _MASK)) if request.GET else "",
        encoded_headers=_headers(request.headers.items()),
    )


def of_job(kind: str, captured: Captured) -> Request:
    """Silk's row of a job, not saved: its pages show it like a request."""
    return _row(captured, path=f"/job/{kind}/", method="JOB", view_name=f"job.{kind}", encoded_headers="{}")


def answer(response: HttpResponseBase) -> Response:
    """Silk's row of an answer, not saved."""
    return Response(status_code=response.status_code, encoded_headers=_headers(response.items()))


def outcome(*, has_failed: bool) -> Response:
    """What stands for the answer of a job."""
    return Response(status_code=500 if has_failed else 200, encoded_headers="{}")


def keep(row: Request, response: Response, captured: Captured, session: OpenSession | None) -> bool:
    """Write the rows of one recording; False when its session has had enough or the database cannot take it."""
    try:
        with transaction.atomic():
            if session is not None and not sessions.claim(session.id):
                return False
            _write(row, response, captured)
            if session is not None:
                ProfiledRequest.objects.create(session_id=session.id, request=row)
    except (Error, psycopg.Error) as error:
        _log.warning("silk_record_lost", error=type(error).__name__)
        return False
    return True


def _row(captured: Captured, **values: str) -> Request:
    ended = captured.ended or captured.started
    return Request(
        **values | {"path": values["path"][:_LONGEST], "view_name": values["view_name"][:_LONGEST]},
        start_time=captured.started,
        end_time=captured.ended,
        time_taken=(ended - captured.started).total_seconds() * 1000,
        num_sql_queries=captured.count,
        pyprofile=captured.functions,
    )


def _headers(headers: Iterable[tuple[str, str]]) -> str:
    """Those that tell programs apart, and no credential, cookie or address."""
    named = ((name.lower(), value) for name, value in headers)
    return json.dumps({name: value if name in _KEPT_HEADERS else _MASK for name, value in named})


def _write(row: Request, response: Response, captured: Captured) -> None:
    """Three statements; silk's own managers and ``save`` would send one more for each statement recorded."""
    models.QuerySet(Request).bulk_create([row])
    response.request = row
    models.QuerySet(Response).bulk_create([response])
    models.QuerySet(SQLQuery).bulk_create(
        SQLQuery(
            request=row,
            identifier=number,
            query=each.text,
            start_time=each.started,
            end_time=each.ended,
            time_taken=(each.ended - each.started).total_seconds() * 1000,
            traceback=each.stack,
        )
        for number, each in enumerate(captured.statements, start=1)
    )
