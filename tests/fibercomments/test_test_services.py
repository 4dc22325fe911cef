"""The tests themselves stand on real services."""

from __future__ import annotations

import os

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection


@pytest.mark.django_db
def test_tests_meet_a_real_postgresql_in_a_database_of_their_own() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), 'ÑANDÚ' ILIKE 'ñandú'")
        name, folds_case = cursor.fetchone()
    assert name.startswith("test_")
    assert name.endswith(os.environ.get("PYTEST_XDIST_WORKER", ""))
    assert folds_case


def test_tests_meet_a_real_redis_apart_from_the_product_s() -> None:
    cache.set("answer", 42)
    assert cache.get("answer") == 42
    number = int(settings.REDIS_QUEUE_URL.rpartition("=")[2] if "=" in settings.REDIS_QUEUE_URL else "3")
    assert number >= 3
