"""One process at a time in the whole installation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from django.db import connection


class Lock(IntEnum):
    """Numbers of locks in PostgreSQL."""

    LOOK = 7_206_511
    STEP = 7_206_512


@contextmanager
def alone(lock: Lock) -> Iterator[bool]:
    """Whether nobody else is in the block now; the lock goes with the connection when its process dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
        is_alone = bool(cursor.fetchone()[0])
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])
