"""Every refusal leaves as ``application/problem+json``; this is the REST framework's exception handler.

Three sources: our own ``Problem``, the domain's errors (a missing row, a file that cannot be read, a state that
forbids), and the framework's. What none of them foresaw is logged and answered with 500 and a trace id. "The
database is away" is left to the middleware that answers it for pages and API alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.core import signals
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_standardized_errors.formatter import flatten_errors
from psycopg_pool import PoolTimeout
from rest_framework import exceptions
from rest_framework.views import set_rollback

from analysis.api.problems import Fault, Problem
from analysis.api.renderers import to_json
from analysis.corrections import CorrectionError
from analysis.engines.base import EngineError
from analysis.exports.files import ExportError
from analysis.insights.filters import PARAMETERS, FilterError
from analysis.intake.errors import IntakeError
from analysis.processing.verbs import StateError
from analysis.tokens import ScopeError

KNOWN_PARAMETERS = frozenset((*PARAMETERS, "ordering", "cursor"))
MEDIA_TYPE = "application/problem+json"
_DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)
_log = structlog.get_logger(__name__)


def problem_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """The answer to what a view raised; None leaves it to Django."""
    if isinstance(error, _DATABASE_AWAY):
        return None
    problem = as_problem(error)
    request = context["request"]
    if problem is None:
        if settings.DEBUG:
            return None
        problem = _unforeseen(error, request)
    set_rollback()
    response = problem_response(request, problem)
    if (challenge := getattr(error, "auth_header", None)) and problem.status_code == 401:
        response.headers.setdefault("WWW-Authenticate", challenge)
    return response


def problem_response(request: Any, problem: Problem) -> HttpResponse:
    """The document, whatever the view answers with when all is well."""
    body = to_json(problem.as_dict(instance=request.path, trace_id=trace_id(request)))
    response = HttpResponse(body, status=problem.status_code, content_type=MEDIA_TYPE)
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response


def trace_id(request: Any) -> str:
    """What finds the request in the logs."""
    return str(getattr(request, "request_id", ""))


def as_problem(error: Exception) -> Problem | None:
    """The problem that an exception stands for; None for one that nobody foresaw."""
    if isinstance(error, Problem):
        return error
    for kind, convert in _CONVERTERS:
        if isinstance(error, kind):
            return convert(error)
    return None


def not_found() -> Problem:
    """One answer for what does not exist and for what belongs to another team."""
    return Problem("not_found", _("Nothing with this id is yours to see."))


def _unforeseen(error: Exception, request: Any) -> Problem:
    _log.error("unhandled_error", path=request.path, exc_info=error)
    signals.got_request_exception.send(sender=None, request=getattr(request, "_request", request))
    return Problem("server_error", _("It was noted under the trace id of this answer."))


def _validation(error: exceptions.ValidationError) -> Problem:
    faults = [_fault(found.code, found.detail, found.attr) for found in flatten_errors(error.detail)]
    codes = {fault.code for fault in faults}
    return Problem("unknown_field" if codes == {"unknown_field"} else "invalid", _summary(faults), faults=faults)


def _fault(code: str, detail: str, attr: str | None) -> Fault:
    place = f"/{attr}" if attr else ""
    return Fault(code, detail, pointer=place.removesuffix("/non_field_errors"))


def _summary(faults: list[Fault]) -> str:
    return faults[0].detail if len(faults) == 1 else ""


def _throttled(error: exceptions.Throttled) -> Problem:
    seconds = max(1, int(getattr(error, "wait", None) or 1))
    detail = _("Come back in %(seconds)d s.") % {"seconds": seconds}
    return Problem("too_many_requests", detail, headers={"Retry-After": str(seconds)})


def _unsupported(error: exceptions.UnsupportedMediaType) -> Problem:
    return Problem("unsupported_media_type", str(error.detail))


def _method(error: exceptions.MethodNotAllowed) -> Problem:
    return Problem("method_not_allowed", str(error.detail))


def _filter(error: FilterError) -> Problem:
    unknown = error.field not in KNOWN_PARAMETERS
    code = "bad_cursor" if error.field == "cursor" else "unknown_parameter" if unknown else "invalid"
    fault = Fault(code, error.message, parameter=error.field[:60], hint=error.hint or None)
    return Problem(code, error.message, faults=[fault])


def _export(error: ExportError) -> Problem:
    return Problem("invalid", error.message, faults=[Fault("invalid", error.message, hint=error.hint or None)])


_INTAKE_CODES = {
    "file_too_large": "too_large",
    "unknown_engine": "invalid",
    "unknown_version": "invalid",
    "bad_option": "invalid",
}


def _intake(error: IntakeError) -> Problem:
    detail, hint = _(error.message) % error.params, _(error.hint) % error.params if error.hint else ""
    fault = Fault(error.code, detail, hint=hint or None)
    code = {
        "file_too_large": "too_large",
        "unknown_engine": "invalid",
        "unknown_version": "invalid",
        "bad_option": "invalid",
        "engine_not_set_up": "engine_not_set_up",
        "engine_not_installed": "engine_not_set_up",
        "consent_missing": "consent_missing",
    }.get(error.code)
    return Problem(code or "file_rejected", detail, faults=[fault], reason=error.code)


def _state(error: StateError) -> Problem:
    return Problem("state_conflict", _(error.message), reason=error.code)


def _scopes(error: ScopeError) -> Problem:
    detail = _("You have not got these scopes yourself: %(scopes)s.") % {"scopes": ", ".join(error.scopes)}
    return Problem("forbidden", detail, faults=[Fault("forbidden", detail, pointer="/scopes")], scopes=error.scopes)


def _correction(error: CorrectionError) -> Problem:
    detail = _("These labels cannot stand together or are not known.")
    return Problem("invalid", detail, faults=[Fault("invalid", detail, pointer=f"/{error.field}")])


_CONVERTERS: tuple[tuple[type[Exception], Callable[[Any], Problem]], ...] = (
    (FilterError, _filter),
    (ExportError, _export),
    (IntakeError, _intake),
    (StateError, _state),
    (ScopeError, _scopes),
    (CorrectionError, _correction),
    (
        EngineError,
        lambda _error: Problem("unavailable", _("The engine does not answer."), headers={"Retry-After": "5"}),
    ),
    (ObjectDoesNotExist, lambda _error: not_found()),
    (Http404, lambda _error: not_found()),
    (exceptions.NotFound, lambda _error: not_found()),
    (exceptions.ValidationError, _validation),
    (exceptions.NotAuthenticated, lambda _error: Problem("not_authenticated", _("Send an API token."))),
    (exceptions.AuthenticationFailed, lambda _error: Problem("token_unknown")),
    (exceptions.PermissionDenied, lambda error: Problem("forbidden", str(error.detail))),
    (PermissionDenied, lambda _error: Problem("forbidden")),
    (exceptions.MethodNotAllowed, _method),
    (exceptions.NotAcceptable, lambda error: Problem("not_acceptable", str(error.detail))),
    (exceptions.UnsupportedMediaType, _unsupported),
    (exceptions.Throttled, _throttled),
    (exceptions.ParseError, lambda error: Problem("bad_request", str(error.detail))),
    (SuspiciousOperation, lambda _error: Problem("bad_request")),
)
