"""Redis is away, as far as the caches and scripts of this process can see: nobody listens where it should be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.core.cache import CacheHandler
from django.test import override_settings

from analysis.routing import answers, breaker, pace
from analysis.routing.scripts import CacheScript

NOWHERE = "redis://127.0.0.1:9/0"
SCRIPTS: tuple[CacheScript, ...] = (answers._CLAIM, answers._LAND, answers._FLYING, breaker._step, pace._STEP)


@pytest.fixture
def redis_is_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For one test."""
    there = settings.CACHES["answers"] | {"LOCATION": NOWHERE}
    monkeypatch.setattr(answers, "caches", CacheHandler({"default": there, "answers": there}))
    with override_settings(REDIS_CACHE_URL=NOWHERE), _connected_anew():
        yield


@contextmanager
def _connected_anew() -> Iterator[None]:
    _forget_connections()
    try:
        yield
    finally:
        _forget_connections()


def _forget_connections() -> None:
    for script in SCRIPTS:
        vars(script).pop("_script", None)
        script.avoid_until = 0.0
