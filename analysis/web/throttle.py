"""Guessing passwords is slowed down: five failures within five minutes close a name and address for a while.

Failures are kept in PostgreSQL, as lines of the audit trail: they outlive a lost cache, every process counts the
same ones, and logging in needs the database anyway. A try is written down before the password is looked at, under
a lock, so that fifty tries at once are still five.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from analysis.models import AuditEntry

LIMIT = 5
WINDOW = timedelta(minutes=5)
_FAILED, _FORGIVEN = "login.failed", "login.forgiven"
_KIND = "login"


def begin_try(username: str, address: str) -> AuditEntry | None:
    """Write a try down as failed; None when there have been too many."""
    key = _key(username, address)
    with transaction.atomic():
        _lock(key)
        recent = AuditEntry.objects.filter(object_type=_KIND, object_id=key, created_at__gt=timezone.now() - WINDOW)
        if recent.filter(action=_FAILED).count() >= LIMIT:
            return None
        return AuditEntry.objects.create(action=_FAILED, object_type=_KIND, object_id=key)


def forgive(username: str, address: str) -> None:
    """The right password was given: earlier failures count no more."""
    failed = AuditEntry.objects.filter(object_type=_KIND, object_id=_key(username, address), action=_FAILED)
    failed.update(action=_FORGIVEN)


def address_of(request: HttpRequest) -> str:
    """The caller's address: behind our own proxy the one it saw, else that of the connection."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if forwarded and getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        return forwarded.rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def _key(username: str, address: str) -> str:
    """What is kept tells neither the name nor the address."""
    return hashlib.sha256(f"{username.casefold()}\n{address}\n{settings.PSEUDONYM_KEY}".encode()).hexdigest()


def _lock(key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(key[:15], 16)])
