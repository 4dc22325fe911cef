"""The admin site's names, and its door: one login page with one throttle for the whole product."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


def login(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
    """Send strangers to the product's login page; tell people without rights here that they have none (403)."""
    if admin.site.has_permission(request):
        return redirect("admin:index")
    if request.user.is_authenticated:
        raise PermissionDenied
    wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
    return redirect_to_login(wanted, settings.LOGIN_URL)


admin.site.login = login  # type: ignore[method-assign, assignment]
admin.site.site_header = _("Fiber Comments Analysis")
admin.site.site_title = _("Fiber Comments Analysis")
admin.site.index_title = _("Administration")
