"""Which requests silk watches, and what it may remember of them: times, counts and statements, never values.

At its own defaults silk keeps each statement with its parameters filled in, each body, each query string and each
header, and asks PostgreSQL for a plan of every SELECT while the visitor waits. Here a statement is kept with
numbered placeholders (``EXPLAIN (GENERIC_PLAN)`` takes it as it is), a query string by its names, a header when it
is on a list, and a body not at all.
"""

from __future__ import annotations

import json
import random
import re
import traceback
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import DatabaseError
from django.db.models.sql.compiler import SQLCompiler
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from silk.collector import DataCollector
from silk.middleware import SilkyMiddleware
from silk.model_factory import RequestModelFactory

_OWN_PATHS = ("/silk/", "/static/", "/healthz/", "/metrics")
_KEPT_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "content-length",
        "content-type",
        "host",
        "hx-request",
        "user-agent",
    }
)
_PLACEHOLDER = re.compile(r"%[s%]")
_MASK = "…"
_dice = random.SystemRandom()
_log = structlog.get_logger(__name__)


def should_record(request: HttpRequest) -> bool:
    """Whether silk watches this request: by chance, ``SILKY_SAMPLE_PERCENT`` of those that are not its own."""
    share = float(settings.SILKY_SAMPLE_PERCENT)
    return share > 0 and not request.path_info.startswith(_OWN_PATHS) and _dice.random() * 100 < share


def numbered(statement: str) -> str:
    """A statement with ``$1``, ``$2`` ... for its parameters, as PostgreSQL itself writes them."""
    count = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal count
        if match.group() == "%%":
            return "%"
        count += 1
        return f"${count}"

    return _PLACEHOLDER.sub(replace, statement)


class MaskedRequestFactory(RequestModelFactory):  # type: ignore[misc]
    """Makes silk's row of a request without any value that a visitor sent."""

    def body(self) -> tuple[str, str]:
        """Nothing; the stream stays unread for the view."""
        return "", ""

    def query_params(self) -> str:
        """The names alone: ``q`` holds what somebody searched for."""
        return json.dumps(dict.fromkeys(self.request.GET, _MASK)) if self.request.GET else ""

    def encoded_headers(self) -> str:
        """The headers that tell programs apart, and no credential, cookie or referring address."""
        named = ((name.lower(), value) for name, value in self.request.headers.items())
        return json.dumps({name: value if name in _KEPT_HEADERS else _MASK for name, value in named})


class RecordingMiddleware(SilkyMiddleware):  # type: ignore[misc]
    """Silk's middleware for the requests it samples; for all others one comparison."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not should_record(request):
            return self.get_response(request)  # type: ignore[no-any-return]
        try:
            return super().__call__(request)  # type: ignore[no-any-return]
        finally:
            DataCollector().clear()  # else the thread's next request would be recorded into this one

    def process_request(self, request: HttpRequest) -> None:
        """Open the record; a database that cannot take it costs the record, not the request."""
        _install()
        DataCollector().clear()
        try:
            record = MaskedRequestFactory(request).construct_request_model()
        except DatabaseError as error:
            _log.warning("silk_record_lost", error=type(error).__name__)
            return
        request.silk_is_intercepted = True  # type: ignore[attr-defined]
        DataCollector().configure(record, should_profile=False)


def _install() -> None:
    """Put our recorder in the place that silk's own takes at its first request, once a process."""
    if not hasattr(SQLCompiler, "_execute_sql"):
        SQLCompiler._execute_sql = SQLCompiler.execute_sql  # type: ignore[attr-defined]
        SQLCompiler.execute_sql = _execute_sql  # type: ignore[method-assign]


def _execute_sql(self: Any, *args: Any, **kwargs: Any) -> Any:
    """``SQLCompiler.execute_sql`` that notes the statement and its time while a request is being recorded."""
    record = DataCollector().request
    if record is None:
        return self._execute_sql(*args, **kwargs)
    try:
        statement, _parameters = self.as_sql()
    except EmptyResultSet:
        return self._execute_sql(*args, **kwargs)
    started = timezone.now()
    try:
        return self._execute_sql(*args, **kwargs)
    finally:
        if statement and getattr(self.query.model, "__module__", "") != "silk.models":
            DataCollector().register_query(
                {
                    "query": numbered(statement),
                    "start_time": started,
                    "end_time": timezone.now(),
                    "traceback": "".join(reversed(traceback.format_stack())),
                    "request": record,
                }
            )
