"""The content security policy: our own files, and those of the host that delivers our static ones."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF


def origins(address: str) -> list[str]:
    """The origin of a ``STATIC_URL`` that names a host (a CDN), as a list; empty for one of ours."""
    parts = urlsplit(address)
    return [f"{parts.scheme or 'https'}://{parts.netloc}"] if parts.netloc else []


def policy(static_origins: list[str]) -> dict[str, Any]:
    """What ``CONTENT_SECURITY_POLICY`` holds."""
    ours = [SELF, *static_origins]
    return {
        "DIRECTIVES": {
            "default-src": [NONE],
            "script-src": ours,
            "style-src": ours,
            "img-src": [*ours, "data:"],
            "font-src": ours,
            "connect-src": [SELF],
            "form-action": [SELF],
            "frame-ancestors": [NONE],
            "base-uri": [NONE],
            "object-src": [NONE],
        }
    }
