"""Long texts are sent compressed to whoever takes that."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from fibercomments.delivery.codings import CODINGS, accepted, compress, compress_pieces
from fibercomments.delivery.secrets import gives_nothing_away

GetResponse = Callable[[HttpRequest], HttpResponseBase]

#: Bytes; less is one packet either way.
LEAST = 1000
_TEXTS = re.compile(
    r"text/|image/svg|application/(?:[\w.-]+\+)?(?:json|xml|yaml|javascript)|application/(?:x-ndjson|jsonl|openmetrics-text)"
)
_OURS = re.compile(rf'-(?:{"|".join(CODINGS)})"')
_CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH")


class CompressionMiddleware:
    """zstd, brotli or gzip from ``LEAST`` bytes, with tags that tell the codings apart.

    A strong tag names bytes, so each coding has its own: ``"tag"`` becomes ``"tag-zstd"`` on the way out, and again
    ``"tag"`` in the conditions of the next request, before a view compares them.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_IF_NONE_MATCH", "")
        for name in _CONDITIONS:
            if condition := request.META.get(name):
                request.META[name] = _OURS.sub('"', condition)
        response = self.get_response(request)
        if response.status_code == 304:
            _restore_tag(response, given)
        elif settings.COMPRESSION and _is_worth_it(response):
            patch_vary_headers(response, ["Accept-Encoding"])
            coding = accepted(request.headers.get("Accept-Encoding", ""))
            if coding and gives_nothing_away(request):
                _encode(response, coding)
        return response


def _is_worth_it(response: HttpResponseBase) -> bool:
    """A long text in one piece or a stream of texts, that nobody encoded or forbade to change."""
    if response.status_code in (204, 206) or response.has_header("Content-Encoding"):
        return False
    if "no-transform" in response.get("Cache-Control", "").lower():
        return False
    if not _TEXTS.match(response.get("Content-Type", "").lower()):
        return False
    return response.streaming or len(cast(HttpResponse, response).content) >= LEAST


def _encode(response: HttpResponseBase, coding: str) -> None:
    if response.streaming:
        stream = cast(StreamingHttpResponse, response)
        pieces = cast("Iterable[bytes]", stream.streaming_content)
        stream.streaming_content = compress_pieces(coding, pieces)
        del stream["Content-Length"]
    else:
        whole = cast(HttpResponse, response)
        whole.content = compress(coding, whole.content)
        whole["Content-Length"] = str(len(whole.content))
    response["Content-Encoding"] = coding
    tag = response.get("ETag", "")
    if tag.startswith('"'):
        response["ETag"] = f'{tag[:-1]}-{coding}"'


def _restore_tag(response: HttpResponseBase, given: str) -> None:
    """The tag of what the client has, coding included, so that it knows which of its copies still holds."""
    tag: Any = response.get("ETag", "")
    known = [f'{tag[:-1]}-{coding}"' for coding in CODINGS if f'{tag[:-1]}-{coding}"' in given]
    if known and tag not in given:
        response["ETag"] = known[0]
