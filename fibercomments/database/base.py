"""Django's PostgreSQL backend, whose pool is put right at once after a restart of the server.

The pool's own check takes a lost connection out, waits for a second, and takes the next one, which was lost as well:
every request after a restart would wait in vain until all are through. Here the first lost connection has all the
others looked at and replaced.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.db.backends.postgresql import base

_TRIES = 3


class DatabaseWrapper(base.DatabaseWrapper):
    """For processes with a pool; the pool's own check (CONN_HEALTH_CHECKS) is to be off."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        """A connection of the pool that answers; the errors of a pool that has none for now are the pool's."""
        taken: psycopg.Connection[Any] = super().get_new_connection(conn_params)
        for _ in range(_TRIES):
            if self.pool is None or _answers(taken):
                break
            self.pool.putconn(taken)
            self.pool.check()
            taken = super().get_new_connection(conn_params)
        return taken


def _answers(taken: psycopg.Connection[Any]) -> bool:
    try:
        taken.execute("")
    except psycopg.Error:
        return False
    return True
