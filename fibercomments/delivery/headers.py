"""What every answer says of who may keep it and who may embed it, unless its view said so itself."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import add_never_cache_headers

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class CareMiddleware:
    """Nobody keeps what no view has an opinion about, and no other site embeds any of it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class ConditionalMiddleware(ConditionalGetMiddleware):
    """Tags what may be kept and has no tag yet, and answers 304 to whoever has it; unless that is switched off."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """As Django's, which passes over what nobody may keep; what went wrong is no state to hold on to."""
        if not settings.CONDITIONAL_GET or response.status_code != HTTPStatus.OK:
            return response
        return super().process_response(request, response)


def static_headers(headers: Any, path: str, url: str) -> None:
    """For WhiteNoise: static files are embedded by our own pages alone, unless another host delivers them."""
    headers["Cross-Origin-Resource-Policy"] = "cross-origin" if settings.STATIC_ORIGINS else "same-origin"
