"""Every test meets a real PostgreSQL and a real Redis, started here when the environment names none.

Each process of a parallel run has a database and Redis databases of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import django
import pytest

from fibercomments import services
from fibercomments.servers import ServiceError
from tests.chromium import browser  # noqa: F401 -- a fixture of page tests
from tests.fresh_taxonomy import fresh_taxonomy  # noqa: F401 -- a fixture of tests that publish

# Databases 0 to 2 are the product's own; three more for each process that runs tests.
REDIS_DATABASES_EACH = 3
MOST_PROCESSES = 20


def _number_of_process() -> int:
    """1 in a run without workers, else the number of the pytest-xdist worker plus 2."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(worker.removeprefix("gw")) + 2 if worker else 1


def _prepare_environment() -> None:
    number = _number_of_process()
    if number > MOST_PROCESSES:
        raise pytest.UsageError(f"At most {MOST_PROCESSES} processes have a Redis of their own; run fewer.")
    os.environ["REDIS_FIRST_DB"] = str(REDIS_DATABASES_EACH * number)
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fibercomments.settings")
    try:
        services.ensure()
    except ServiceError as error:
        raise pytest.UsageError(str(error)) from error


def _prepare_django() -> None:
    from django.conf import settings

    # Pages are tested without collecting the static files first, and passwords without paying for their strength.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    # The cache gives up after 0.2 s, by design; tests of what it holds must not fail because a machine is busy.
    settings.CACHES["default"]["OPTIONS"] |= {"SOCKET_TIMEOUT": 5.0, "SOCKET_CONNECT_TIMEOUT": 5.0}
    # Nor does one test's lost cache keep the next one from it; tests/fibercomments tests that caution itself.
    settings.CACHES["default"]["OPTIONS"].pop("REDIS_CLIENT_CLASS", None)
    # Each test sees at once which model is active; tests/routing tests the few seconds that this may take.
    settings.ENGINE_SEEN_SECONDS = 0.0
    # And what was done to a token or its owner; tests/api tests the second that this may take.
    settings.TOKEN_SEEN_SECONDS = 0.0
    # No thread of its own looks at the knobs: a test that turns one looks itself.
    settings.TUNABLES_SEEN_SECONDS = 0.0
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # WhiteNoise warns when it is not there
    django.setup()


# Here and not in a hook: the conftest modules further down import models.
_prepare_environment()
_prepare_django()
# A process of a parallel run inherits the environment; with this in it, pytest-django would load the settings there
# before this module has given the process its own Redis databases.
os.environ.pop("DJANGO_SETTINGS_MODULE", None)


@pytest.fixture(scope="session", autouse=True)
def _empty_redis() -> Iterator[None]:
    """Begin with empty Redis databases, and leave none behind that the next run could meet."""
    from tests.fresh_taxonomy import nothing_is_published

    _flush()
    nothing_is_published()
    yield
    _flush()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """A test that was stopped in the middle of a query keeps its connection busy: the next test gets a new one."""
    from django.db import connections
    from psycopg.pq import TransactionStatus

    try:
        yield
    finally:
        for connection in connections.all(initialized_only=True):
            if connection.connection and connection.connection.info.transaction_status == TransactionStatus.ACTIVE:
                connection.close()


def _flush() -> None:
    import redis
    from django.conf import settings

    for url in (settings.REDIS_QUEUE_URL, settings.REDIS_CACHE_URL, settings.REDIS_METRICS_URL):
        with redis.Redis.from_url(url) as client:
            client.flushdb()
