"""Knobs as they are before anybody turned them, and a tuner that is quick."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from perf.models import Tunable, Tuner, TuningDecision
from perf.tunables import following
from perf.tunables.rows import ensure_rows
from tests import factories


@pytest.fixture
def knobs(db: None, settings: Settings) -> Iterator[None]:
    """All at their defaults, unseen by this process until it looks."""
    settings.TUNER_SETTLE_SECONDS, settings.TUNER_INTERVAL_SECONDS = 10.0, 30.0
    TuningDecision.objects.all().delete()
    Tunable.objects.all().delete()
    Tuner.objects.all().delete()
    ensure_rows()
    following._follower.rows = {}
    yield
    following._follower.rows = {}


@pytest.fixture
def person(db: None) -> User:
    return factories.make_user(None, username="root", superuser=True)
