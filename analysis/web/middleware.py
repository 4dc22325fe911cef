"""What happens to every request: a calm answer when PostgreSQL is away, and the language."""

from __future__ import annotations

import sys
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.views import defaults
from psycopg_pool import PoolTimeout

GetResponse = Callable[[HttpRequest], HttpResponse]
RETRY_AFTER_SECONDS = 2
_log = structlog.get_logger(__name__)


class UnavailableMiddleware:
    """Turns "the database is away or busy" into 503 with ``Retry-After``, for pages and API alike.

    What other middleware raises is an answer of its own by the time it comes here: see :func:`server_error`.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Catches what a view raised, before Django makes a 500 of it."""
        if isinstance(exception, OperationalError | InterfaceError | PoolTimeout):
            return unavailable(request, exception)
        return None


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    """503: the work is safe, the caller should come back."""
    _log.warning("database_unavailable", path=request.path, error=type(error).__name__)
    title = _("The database is not answering just now.")
    detail = _("Nothing was lost. Try again in a few seconds.")
    response: HttpResponse
    if request.path.startswith("/api/"):
        body = {"type": "about:blank", "title": title, "detail": detail, "status": 503, "code": "unavailable"}
        response = JsonResponse(body, status=503, content_type="application/problem+json")
    else:
        response = HttpResponse(render_to_string("503.html", {"title": title, "detail": detail}), status=503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """What became of an error that no view raised, such as a login that could not be saved on the way out."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        return unavailable(request, error)
    return defaults.server_error(request)


class LanguageMiddleware:
    """Spanish unless the person chose another language (cookie), or a program asks for one (``Accept-Language``)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = {code for code, _name in settings.LANGUAGES}
        language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if language not in known and request.path.startswith("/api/") and "Accept-Language" in request.headers:
            language = translation.get_language_from_request(request)
        if language not in known:
            language = settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response
