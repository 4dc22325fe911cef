"""Pages in the frame of the admin: who may open them (for others they do not exist, 404), and how they are shown."""

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

View = Callable[..., HttpResponse]


def staff_page(permission: str, *, methods: tuple[str, ...] = ("GET", "HEAD")) -> Callable[[View], View]:
    """A page for staff who hold a permission; it is never cached."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            user = request.user
            if not (user.is_active and user.is_staff and user.has_perm(permission)):
                raise Http404(_("There is no such page."))
            return view(request, *args, **kwargs)

        return require_http_methods(list(methods))(never_cache(guarded))

    return decorate


def is_superuser(request: HttpRequest) -> bool:
    """Whether an active superuser asks."""
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))


def show(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page in the frame of the admin."""
    return render(request, template, {**admin.site.each_context(request), **context})
