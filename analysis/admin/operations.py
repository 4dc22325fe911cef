"""Pages of the staff about engines of the network: costs, nodes, cache."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from perf import pages


def show(request: HttpRequest, page: str, context: dict[str, Any]) -> HttpResponse:
    """The page in the frame of the admin."""
    return pages.show(request, f"admin/operations/{page}.html", context)
