"""The web's connections after PostgreSQL has dropped them all, as a restart does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection

from fibercomments.database.base import DatabaseWrapper

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "a pool under test"
SIZE = 4
TOO_SHORT = 0.9  # seconds; the pool's own check pauses for longer than that


@pytest.fixture
def pooled() -> Iterator[DatabaseWrapper]:
    """A connection of a pool of its own, all of whose places are filled."""
    options = connection.settings_dict["OPTIONS"] | {
        "application_name": NAME,
        "pool": {"min_size": SIZE, "max_size": SIZE, "timeout": TOO_SHORT, "reconnect_timeout": 1.0},
    }
    changes = {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "OPTIONS": options}
    wrapper = DatabaseWrapper(connection.settings_dict | changes, alias="pooled")
    ask(wrapper)
    wrapper.pool.wait()
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def ask(wrapper: DatabaseWrapper) -> None:
    """What a request does."""
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT 1")
    wrapper.close()


def drop_all() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s", [NAME]
        )


def test_no_request_fails_or_waits_for_the_connections_that_a_restart_has_cut(pooled: DatabaseWrapper) -> None:
    drop_all()
    for _ in range(2 * SIZE):
        ask(pooled)


def test_a_connection_lost_in_use_is_an_error_of_that_request_only(pooled: DatabaseWrapper) -> None:
    with pooled.cursor() as cursor:
        drop_all()
        with pytest.raises(OperationalError):
            cursor.execute("SELECT 1")
    pooled.close()
    ask(pooled)
