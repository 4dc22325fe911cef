"""What a caller may do: the scopes of the person, or those of the token within the person's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from analysis import access, tokens
from analysis.api.problems import Problem
from analysis.models import ApiToken

if TYPE_CHECKING:
    from analysis.api.views import ApiView


def granted(request: Request) -> frozenset[str]:
    """The rights this request comes with."""
    if isinstance(request.auth, ApiToken):
        return tokens.scopes_of_token(request.auth)
    return access.scopes_of(request.user)


class HasScope(BasePermission):
    """Lets pass whoever has the scope that the view declares for the method; without a declaration, nobody."""

    def has_permission(self, request: Request, view: ApiView) -> bool:  # type: ignore[override]
        """401 for strangers to all teams, 405 for a method the view lacks, 403 without the scope."""
        if not request.user.is_authenticated:
            return False
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method not in view.allowed_methods:
            view.http_method_not_allowed(request)
        scope = getattr(view, "scopes", {}).get(method)
        if scope is None:
            return False
        if scope not in granted(request):
            raise Problem("scope_missing", _("This needs the scope “%(scope)s”.") % {"scope": scope}, scope=scope)
        return True
