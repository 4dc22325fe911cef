"""The group "Operators": what a person of the staff needs to watch the product and to steer its sessions.

Made once, after the first migration; what a superuser changes in it later stays.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from perf.apps import PerfConfig

OPERATORS = "Operators"
_CHANGED = ("change_session", "change_apitoken", "change_alert")
_HIDDEN = ("idempotencykey", "ratewindow", "team", "membership")


def ensure_operators(sender: Any, **_kwargs: Any) -> None:
    """Let a new group see everything of the product, change sessions and tokens, and handle alerts."""
    if not isinstance(sender, PerfConfig):
        return  # the last of our apps: by then the permissions of both exist
    group, is_new = Group.objects.get_or_create(name=OPERATORS)
    if is_new:
        ours = Permission.objects.filter(content_type__app_label__in=("analysis", "perf"))
        seen = Q(codename__startswith="view_") & ~Q(content_type__model__in=_HIDDEN)
        group.permissions.set(ours.filter(seen | Q(codename__in=_CHANGED)))
