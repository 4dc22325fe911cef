"""Logging in and out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from analysis.web import throttle


class Login(LoginView):
    """Django's own login behind the throttle."""

    template_name = "web/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: str, **kwargs: Any) -> HttpResponse:
        """Look at the password only while there have been few failures."""
        username, address = request.POST.get("username", ""), throttle.address_of(request)
        if throttle.begin_try(username, address) is None:
            return self._too_many()
        response = super().post(request, *args, **kwargs)
        if request.user.is_authenticated:
            throttle.forgive(username, address)
        return response

    def _too_many(self) -> HttpResponse:
        form = AuthenticationForm(self.request)
        detail = _("Too many failed attempts. Wait five minutes and try again.")
        response = self.render_to_response(self.get_context_data(form=form, too_many=detail))
        response.status_code = 429
        response["Retry-After"] = str(int(throttle.WINDOW.total_seconds()))
        return response


class Logout(LogoutView):
    """By POST only."""
