"""What every view of the API shares: size, rights, strict parameters, limits, headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from analysis import access
from analysis.api import strict
from analysis.api.errors import not_found, problem_response
from analysis.api.limits import Count, RateLimit
from analysis.api.permissions import HasScope
from analysis.api.problems import Problem
from analysis.models import Session, Team

#: Answers are asked for again each time, with their tag; files are kept nowhere.
_PRIVATE, _FILE = "private, no-cache", "private, no-store"


class ApiView(APIView):
    """A resource. ``scopes`` names the right each method needs; a method without one is denied to everybody.

    ``queries`` holds the serializer of a method's query parameters; without one there are none. ``answers`` names the
    statuses, besides those of every view, that a method may answer with. ``max_body`` is the largest body in bytes,
    ``max_upload`` the largest form with a file. ``bucket`` is the rate limit that requests count against.
    ``is_conditional``: what GET answers has a tag and may be 304; not so for files that are streamed.
    """

    scopes: ClassVar[Mapping[str, str]] = {}
    queries: ClassVar[Mapping[str, type[Serializer[Any]]]] = {}
    max_body: ClassVar[int] = settings.API_MAX_BODY_BYTES
    max_upload: ClassVar[int] = settings.UPLOAD_MAX_BYTES + settings.API_MAX_BODY_BYTES
    bucket: ClassVar[str] = "api"
    is_conditional: ClassVar[bool] = True
    answers: ClassVar[Mapping[str, Sequence[int]]] = {}
    permission_classes = [HasScope]
    throttle_classes = [RateLimit]
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    query: dict[str, Any]
    rate_count: Count | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse before reading what would be refused anyway."""
        self.check_size(request)
        super().initial(request, *args, **kwargs)
        self.query = self.read_query(request)

    def check_size(self, request: Request) -> None:
        """413 by the length that the caller announces; 411 when none is announced."""
        if request.headers.get("Transfer-Encoding"):
            raise Problem("length_required", _("Send the body with its Content-Length."))
        length = request.headers.get("Content-Length") or "0"
        most = self.max_upload if request.content_type.startswith("multipart/") else self.max_body
        if not length.isdigit() or int(length) > most:
            limit = {"limit": f"{most / 1024 / 1024:g}"}
            raise Problem("too_large", _("At most %(limit)s MiB are taken here.") % limit, max_bytes=most)

    def read_query(self, request: Request) -> dict[str, Any]:
        """The query parameters of this method, or a problem that names the wrong ones."""
        method = "GET" if request.method == "HEAD" else str(request.method)
        return strict.read_query(self.queries.get(method), request.query_params)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Caching for the caller alone, and where the caller stands with the limit."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers.setdefault("Cache-Control", _PRIVATE if self.is_conditional else _FILE)
        patch_vary_headers(final, ["Authorization", "Cookie", "Accept-Language"])
        if self.rate_count is not None:
            for name, value in self.rate_count.headers().items():
                final.headers[name] = value
        return final


def user_of(request: Request) -> User:
    """The person behind a request that passed the permission check."""
    if not isinstance(request.user, User):
        raise Problem("not_authenticated")
    return request.user


def required_team(request: Request) -> Team:
    """The team that new rows belong to; 403 for whoever is in none."""
    team = access.team_of(request.user)
    if team is None:
        raise Problem("no_team", _("Somebody who administers the teams can add you to one."))
    return team


def session_for(request: Request, session_id: str) -> Session:
    """The caller's session with this id, or the one 404."""
    try:
        return access.get_session(request.user, session_id)
    except Session.DoesNotExist as error:
        raise not_found() from error


def unknown_address(request: HttpRequest) -> HttpResponse:
    """404 for every address below ``/api/`` that there is none."""
    return problem_response(request, not_found())
