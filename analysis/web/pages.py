"""What every page does before and after its own work: who is there, what they may, how long it may be kept."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from analysis import access
from analysis.models import Session, Team


class PageRequest(HttpRequest):
    """The request of somebody who is logged in."""

    user: User
    htmx: HtmxDetails


Page = Callable[..., HttpResponseBase]


def page(scope: str | None = access.READ, *, methods: tuple[str, ...] = ("GET", "HEAD")) -> Callable[[Page], Page]:
    """A view for people who are logged in and have ``scope``; what it answers is theirs alone and kept nowhere.

    Without a login the answer is the login page, without the right it is 403.
    """

    def decorate(view: Page) -> Page:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_login(request)
            if scope is not None and scope not in access.scopes_of(request.user):
                raise PermissionDenied(_("Your role does not allow this."))
            response = view(request, *args, **kwargs)
            if isinstance(response, HttpResponse):
                patch_cache_control(response, private=True, no_store=True)
            return response

        return cast(Page, require_http_methods(list(methods))(guarded))

    return decorate


def session_or_404(request: PageRequest, session_id: uuid.UUID) -> Session:
    """One of the team's sessions; another team's id is as unknown as a wrong one."""
    try:
        return access.get_session(request.user, session_id)
    except Session.DoesNotExist:
        raise Http404(_("There is no such session.")) from None


def team_or_403(request: PageRequest) -> Team:
    """The team that what is made now will belong to."""
    team = access.team_of(request.user)
    if team is None:
        raise PermissionDenied(_("You belong to no team yet."))
    return team


def _to_login(request: HttpRequest) -> HttpResponseBase:
    """A part of a page cannot show the login form: the whole page goes there, and comes back."""
    htmx = getattr(request, "htmx", None)
    if htmx:
        address = htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(redirect_to_login(address).url)
    return redirect_to_login(request.get_full_path())
