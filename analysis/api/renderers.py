"""What the API writes: JSON by orjson, times as ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer

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
