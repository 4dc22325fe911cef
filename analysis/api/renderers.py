"""What the API writes: JSON by orjson, times as ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from django.utils.functional import Promise
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def to_json(data: object) -> bytes:
    """JSON of plain data, ids, times, dataclasses, and strings that are still to be translated."""
    return orjson.dumps(data, default=_plain, option=_OPTIONS)


def _plain(value: object) -> object:
    if isinstance(value, Promise | Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


class AnyAccept(BaseContentNegotiation):
    """For files: the query names the format, whatever ``Accept`` says."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Files are asked for without a body."""
        return None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """Never used for the file itself."""
        return renderers[0], renderers[0].media_type


class OrjsonRenderer(BaseRenderer):
    """``application/json``, several times faster than the standard library on lists."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """``None`` is no body at all; bytes were rendered already."""
        if data is None:
            return b""
        return data if isinstance(data, bytes) else to_json(data)
