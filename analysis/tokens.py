"""API tokens: created, shown once, checked, revoked. Only the SHA-256 of a token is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from analysis import access
from analysis.models import ApiToken

_MARK = "fc_"
_PREFIX_LENGTH = len(_MARK) + 8
_SECRET_BYTES = 32
_MAX_LENGTH = 100
#: How exact ``last_used_at`` is; a busy token is written to once in this time.
USED_EVERY = timedelta(minutes=1)


class TokenError(Exception):
    """A token that opens nothing; ``code`` is token_unknown, token_expired or token_revoked."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ScopeError(Exception):
    """Scopes were asked for that the one who asks does not have; ``scopes`` names them."""

    def __init__(self, scopes: Iterable[str]) -> None:
        self.scopes = tuple(sorted(scopes))
        super().__init__(", ".join(self.scopes))


def create_token(
    *, user: User, name: str, scopes: Iterable[str], granted: frozenset[str], expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new token of the user and its secret, which nobody can show again.

    ``granted`` are the rights of whoever asks (a person, or a program with fewer): a token never has more.
    Raises ScopeError.
    """
    wanted = frozenset(scopes)
    if beyond := wanted - (granted & access.scopes_of(user)):
        raise ScopeError(beyond)
    secret = _MARK + secrets.token_urlsafe(_SECRET_BYTES)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            name=name,
            prefix=secret[:_PREFIX_LENGTH],
            digest=digest(secret),
            scopes=sorted(wanted),
            expires_at=expires_at,
        )
        access.record(user, "token.create", token, scopes=token.scopes)
    return token, secret


def revoke_token(*, token: ApiToken, actor: User) -> None:
    """Close a token for good; a closed one stays closed."""
    with transaction.atomic():
        closed = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
        if closed:
            access.record(actor, "token.revoke", token)


def verify(secret: str) -> ApiToken:
    """The token with this secret, its owner with team and role loaded; raises TokenError."""
    if not secret.startswith(_MARK) or len(secret) > _MAX_LENGTH or not secret.isascii():
        raise TokenError("token_unknown")
    owner = ApiToken.objects.select_related("user__membership__team")
    token = owner.filter(digest=digest(secret)).first()
    if token is None or not token.user.is_active:
        raise TokenError("token_unknown")
    now = timezone.now()
    if token.revoked_at is not None:
        raise TokenError("token_revoked")
    if token.expires_at is not None and token.expires_at <= now:
        raise TokenError("token_expired")
    _note_use(token, now)
    return token


def scopes_of_token(token: ApiToken) -> frozenset[str]:
    """The token's scopes, within what its owner may do by now."""
    return frozenset(token.scopes) & access.scopes_of(token.user)


def digest(secret: str) -> str:
    """SHA-256 in hex: enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _note_use(token: ApiToken, now: datetime) -> None:
    edge = now - USED_EVERY
    if token.last_used_at is None or token.last_used_at < edge:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=edge)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
        token.last_used_at = now
