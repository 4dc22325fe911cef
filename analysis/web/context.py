"""What every page needs for its frame."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from analysis import access
from analysis.web.preferences import theme_of


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The user's scopes, so that a page offers only what its reader may do, and the chosen theme."""
    user = getattr(request, "user", None)
    scopes = access.scopes_of(user) if user is not None else frozenset()
    return {
        "scopes": scopes,
        "theme": theme_of(request),
        "may": {
            "read": access.READ in scopes,
            "write": access.WRITE in scopes,
            "export": access.EXPORT in scopes,
            "correct": access.CORRECT in scopes,
            "operate": access.OPERATE in scopes,
            "train": access.TRAIN in scopes,
        },
    }
