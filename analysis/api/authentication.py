"""Who asks: a program with a token, or a person who is logged in to the pages."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from analysis import tokens
from analysis.api.problems import Problem
from analysis.models import ApiToken

_KEYWORD = "Bearer"
_CHALLENGE = 'Bearer realm="api"'


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer fc_…``."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's owner and the token; None without such a header, 401 with a wrong one."""
        header = request.headers.get("Authorization", "")
        keyword, _blank, secret = header.partition(" ")
        if keyword.lower() != _KEYWORD.lower():
            return None
        try:
            token = tokens.verify(secret.strip())
        except tokens.TokenError as error:
            raise _refused(error) from error
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Makes a request without credentials a 401 and not a 403."""
        return _CHALLENGE


class PageSessionAuthentication(SessionAuthentication):
    """The cookie of the pages, with their CSRF token on everything that changes something."""


def _refused(error: tokens.TokenError) -> Problem:
    details = {
        "token_unknown": _("No token reads like this one."),
        "token_expired": _("Create a new one."),
        "token_revoked": _("Create a new one."),
    }
    return Problem(
        error.code, details[error.code], headers={"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'}
    )


class _TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token from `POST /api/v1/tokens` or from the page of your account. It is shown once.",
        }


class _PageSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = PageSessionAuthentication
    name = "page_session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The cookie of the pages."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The cookie of a person logged in to the pages; changes also need the header X-CSRFToken.",
        }
