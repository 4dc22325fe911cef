"""Pages of the staff about engines of the network: costs, nodes, cache. For others they do not exist (404)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

View = Callable[[HttpRequest], HttpResponse]

#: Widths of bars are parts of this many.
BAR = 100


def operations_page(permission: str, *, methods: tuple[str, ...] = ("GET", "HEAD")) -> Callable[[View], View]:
    """A page for staff who hold a permission."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            user = request.user
            if not (user.is_active and user.is_staff and user.has_perm(permission)):
                raise Http404(_("There is no such page."))
            return view(request)

        return require_http_methods(list(methods))(never_cache(guarded))

    return decorate


def show(request: HttpRequest, page: str, context: dict[str, Any]) -> HttpResponse:
    """The page in the frame of the admin."""
    whole = {**admin.site.each_context(request), **context}
    return render(request, f"admin/operations/{page}.html", whole)


def width(part: float, whole: float) -> str:
    """How wide a bar is drawn, as SVG reads it, whatever the reader's language."""
    return f"{BAR * min(1.0, max(0.0, part / whole)):.1f}" if whole > 0 else "0"
