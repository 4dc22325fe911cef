"""Who did what to the instruments: lines in the history of Django's admin."""

from __future__ import annotations

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

Person = AbstractBaseUser | AnonymousUser


def note(actor: Person, row: Model, what: str, *, flag: int = CHANGE) -> None:
    """Add a line, in the caller's transaction."""
    LogEntry.objects.log_actions(actor.pk, [row], flag, change_message=what, single_object=True)  # type: ignore[call-overload]
