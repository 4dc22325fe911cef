"""What happens to every request: it gets its ids, is clocked, counted and logged, by the name of its address."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils.functional import LazyObject, empty

from perf.metrics import count, observe
from perf.tracing.context import begin, enter

#: Asked every few seconds by machines: clocked like all others, but no line in the log.
_UNTOLD = ("/healthz/", "/metrics")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SERVER_ERROR = 500
_log = structlog.get_logger(__name__)


class RequestMiddleware:
    """Takes the caller's ``X-Request-ID`` and ``traceparent`` (or makes them), works and logs under them.

    The operation is ``web.<name of the URL>.<method>``; it failed where the status is 500 or more. An answer that is
    streamed is clocked until its first byte may leave.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = perf_counter()
        trace = begin(
            request_id=request.headers.get("X-Request-ID", ""), traceparent=request.headers.get("traceparent", "")
        )
        request.request_id = trace.request_id  # type: ignore[attr-defined]
        enter(trace)
        response = self.get_response(request)
        response["X-Request-ID"] = trace.request_id
        _note(request, response.status_code, perf_counter() - started)
        return response


def _note(request: HttpRequest, status: int, seconds: float) -> None:
    name, method = url_name(request), request.method if request.method in _METHODS else "OTHER"
    observe(f"web.{name}.{method}", seconds, failed=status >= _SERVER_ERROR)
    count(f"web.status.{status // 100}xx")
    if not request.path_info.startswith(_UNTOLD):
        _log.info(
            "request", method=method, url=name, status=status, ms=round(seconds * 1000, 1), user=_user_id(request)
        )


def url_name(request: HttpRequest) -> str:
    """The name of the address, ``app:name``; ``nowhere`` for one that there is not or that was never looked up."""
    match = request.resolver_match
    if match is None:
        return "nowhere"
    return match.view_name if match.url_name else "unnamed"


def _user_id(request: HttpRequest) -> Any:
    """The key of whoever is known to have asked; nobody is looked up for the sake of the log."""
    user = vars(request).get("user")
    if isinstance(user, LazyObject) and vars(user)["_wrapped"] is empty:
        return None
    return getattr(user, "pk", None)
