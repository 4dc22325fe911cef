"""Who may do what, and the only way from an id to a row.

A scope is a right such as ``sessions:write``. A role carries scopes; a token carries some of its owner's. Each
``get_`` and ``visible_`` function starts from the team, so that another team's id is the same 404 as a missing one.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet

from analysis.models import ApiToken, AuditEntry, Comment, Membership, Role, Session, Team

READ = "sessions:read"
WRITE = "sessions:write"
ANALYZE = "analyze"
EXPORT = "exports:read"
CORRECT = "comments:correct"
OPERATE = "operations"
TOKENS = "tokens"
TRAIN = "engines:write"

SCOPES: tuple[str, ...] = (READ, WRITE, ANALYZE, EXPORT, CORRECT, OPERATE, TOKENS, TRAIN)

ROLE_SCOPES: dict[str, frozenset[str]] = {
    Role.VIEWER: frozenset({READ, EXPORT, TOKENS}),
    Role.ANALYST: frozenset({READ, WRITE, ANALYZE, EXPORT, CORRECT, TOKENS}),
    Role.SUPERVISOR: frozenset({READ, WRITE, ANALYZE, EXPORT, CORRECT, TOKENS, TRAIN}),
    Role.OPERATOR: frozenset({READ, OPERATE, TOKENS}),
    Role.INTEGRATOR: frozenset({READ, WRITE, ANALYZE, EXPORT, TOKENS}),
}

Principal = User | AbstractBaseUser | AnonymousUser


def membership_of(user: Principal) -> Membership | None:
    """The user's membership, read once a request; None for strangers and inactive users."""
    if not isinstance(user, User) or not user.is_active:
        return None
    try:
        return user.membership
    except ObjectDoesNotExist:
        return None


def team_of(user: Principal) -> Team | None:
    """The team whose rows the user sees."""
    membership = membership_of(user)
    return membership.team if membership else None


def scopes_of(user: Principal) -> frozenset[str]:
    """The rights of a user; a superuser has every one within the own team."""
    if getattr(user, "is_superuser", False) and user.is_active:
        return frozenset(SCOPES)
    membership = membership_of(user)
    return ROLE_SCOPES[membership.role] if membership else frozenset()


def may_publish_themes(user: Principal) -> bool:
    """Whether the user may edit and publish the taxonomy; it is every team's, and no token carries this right."""
    if getattr(user, "is_superuser", False) and user.is_active:
        return True
    membership = membership_of(user)
    return membership is not None and membership.role == Role.SUPERVISOR


def visible_sessions(user: Principal) -> QuerySet[Session]:
    """The sessions of the user's team."""
    team = team_of(user)
    return Session.objects.filter(team=team) if team else Session.objects.none()


def get_session(user: Principal, session_id: uuid.UUID | str) -> Session:
    """One of the user's sessions; raises ``Session.DoesNotExist`` for any other id."""
    return visible_sessions(user).get(pk=_uuid(session_id))


def visible_comments(user: Principal) -> QuerySet[Comment]:
    """The comments of the team's sessions."""
    team = team_of(user)
    return Comment.objects.filter(session__team=team) if team else Comment.objects.none()


def get_comment(user: Principal, comment_id: uuid.UUID | str) -> Comment:
    """One of the user's comments; raises ``Comment.DoesNotExist`` for any other id."""
    return visible_comments(user).select_related("session").get(pk=_uuid(comment_id))


def visible_tokens(user: Principal) -> QuerySet[ApiToken]:
    """The user's own tokens."""
    return ApiToken.objects.filter(user_id=user.pk) if user.pk else ApiToken.objects.none()


def get_token(user: Principal, token_id: uuid.UUID | str) -> ApiToken:
    """One of the user's own tokens; raises ``ApiToken.DoesNotExist`` for any other id."""
    return visible_tokens(user).get(pk=_uuid(token_id))


def record(actor: Principal | None, action: str, target: Any, **detail: Any) -> None:
    """Add a line to the audit trail, in the caller's transaction; no comment text belongs in ``detail``."""
    AuditEntry.objects.create(
        actor_id=actor.pk if actor is not None else None,
        action=action,
        object_type=target._meta.model_name,
        object_id=str(target.pk),
        detail=detail,
    )


def _uuid(value: uuid.UUID | str) -> uuid.UUID:
    """The id, or the nil UUID (which no row has) for what is not one."""
    if isinstance(value, uuid.UUID):
        return value
    try:
        return uuid.UUID(value)
    except ValueError:
        return uuid.UUID(int=0)
