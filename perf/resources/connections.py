"""Connections to PostgreSQL that threads of a process lend each other."""

from __future__ import annotations

from django.conf import settings
from django.db import connection


def give_back() -> None:
    """Let others have this thread's connection, as long as it waits; without a pool, or in a transaction, keep it."""
    if not settings.DATABASES["default"]["CONN_MAX_AGE"] and not connection.in_atomic_block:
        connection.close()
