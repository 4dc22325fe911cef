"""API tokens: created, shown once, checked, revoked. Only the SHA-256 of a token is kept."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from cachetools import TTLCache
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Model, Q
from django.utils import timezone

from analysis import access
from analysis.models import ApiToken, Membership, Team

_MARK = "fc_"
_PREFIX_LENGTH = len(_MARK) + 8
_SECRET_BYTES = 32
_MAX_LENGTH = 100
_OWNED: tuple[type[Model], ...] = (ApiToken, User, Membership, Team)
M = TypeVar("M", bound=Model)
#: How exact ``last_used_at`` is; a busy token is written to once in this time.
USED_EVERY = timedelta(minutes=1)
_MOST_SEEN = 1_000

_seen: TTLCache[str, ApiToken] = TTLCache(_MOST_SEEN, settings.TOKEN_SEEN_SECONDS)
"""Tokens that opened something a moment ago, by digest: what is revoked or changed elsewhere works that much longer."""
_seen_lock = threading.Lock()


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
    with _seen_lock:
        _seen.pop(token.digest, None)


def verify(secret: str) -> ApiToken:
    """The token with this secret, its owner with team and role loaded; raises TokenError."""
    if not secret.startswith(_MARK) or len(secret) > _MAX_LENGTH or not secret.isascii():
        raise TokenError("token_unknown")
    token = _known(digest(secret))
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


def _known(secret_digest: str) -> ApiToken | None:
    """The token of that digest, from memory if it was asked for just now."""
    with _seen_lock:
        token: ApiToken | None = _seen.get(secret_digest)
    if token is None:
        token = _with_owner(secret_digest)
        if token is not None:
            with _seen_lock:
                _seen[secret_digest] = token
    return token


def _with_owner(secret_digest: str) -> ApiToken | None:
    """The token of that digest with its owner, membership and team.

    Every program that calls the API has this asked each second. The statement is made once: having it made anew each
    time, by ``select_related``, took half of the time of a request that is answered from memory.
    """
    with connection.cursor() as cursor:
        cursor.execute(_statement(), [secret_digest])
        row = cursor.fetchone()
    if row is None:
        return None
    values = iter(row)
    found = {model: list(islice(values, len(model._meta.concrete_fields))) for model in _OWNED}
    token, user = _made(ApiToken, found), _made(User, found)
    membership = None
    if found[Membership][0] is not None:
        membership = _made(Membership, found)
        membership.user, membership.team = user, _made(Team, found)
    User.membership.related.set_cached_value(user, membership)  # None is known, too
    token.user = user
    return token


def _made(model: type[M], values: Mapping[type[Model], list[Any]]) -> M:
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(connection.alias, names, values[model])


@cache
def _statement() -> str:
    """Columns of the models in their order; a token without a team has empty ones."""
    columns = ", ".join(
        f'"{model._meta.db_table}"."{field.column}"' for model in _OWNED for field in model._meta.concrete_fields
    )
    token, user, membership, team = (f'"{model._meta.db_table}"' for model in _OWNED)
    return (
        f"SELECT {columns} FROM {token} JOIN {user} ON {user}.id = {token}.user_id"  # noqa: S608 - names of ours
        f" LEFT JOIN {membership} ON {membership}.user_id = {user}.id"
        f" LEFT JOIN {team} ON {team}.id = {membership}.team_id WHERE {token}.digest = %s"
    )
