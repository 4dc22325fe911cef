"""What every page needs for its frame."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from analysis import access


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The user's scopes, so that a page offers only what its reader may do."""
    user = getattr(request, "user", None)
    return {"scopes": access.scopes_of(user) if user is not None else frozenset()}
