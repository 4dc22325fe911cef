"""One rule alone sets how many texts share a call: the knob once it is in force, else the pool and its latency."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analysis.knobs import cache_seconds
from analysis.models import RemoteEngine
from analysis.routing import nodes
from analysis.routing.nodes import pool_of
from perf.models import Tunable
from perf.tunables import following
from perf.tunables.rows import ensure_rows
from tests.provider.nodes import make_pool

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _unseen(db: None) -> Iterator[None]:
    Tunable.objects.all().delete()
    ensure_rows()
    yield
    following._follower.rows = {}
    nodes.look_again()


def turn(name: str, **fields: object) -> None:
    Tunable.objects.filter(name=name).update(**fields)
    following.look()


def sizes() -> tuple[int, bool]:
    pool = pool_of(RemoteEngine.LLM)
    assert pool is not None
    return pool.batch_size, pool.is_adaptive


def test_until_the_knob_is_turned_each_pool_decides() -> None:
    make_pool(batch_size=7, is_adaptive=True)
    turn("batch_size", value=30, mode="suggest")
    assert sizes() == (7, True)


@pytest.mark.parametrize("fields", [{"is_set": True}, {"mode": "auto"}])
def test_in_force_the_knob_decides_and_latency_has_no_say(fields: dict[str, object]) -> None:
    make_pool(batch_size=7, is_adaptive=True)
    turn("batch_size", value=30, **fields)
    assert sizes() == (30, False)
    turn("batch_size", is_set=False, mode="off")
    assert sizes() == (7, True)


def test_a_pool_that_a_measurement_uses_is_left_alone() -> None:
    make_pool(batch_size=7)
    pool = pool_of(RemoteEngine.LLM)
    assert pool is not None
    nodes.use(pool)
    turn("batch_size", value=30, is_set=True)
    assert sizes() == (7, False)


def test_numbers_are_kept_about_as_long_as_the_knob_says_and_never_beyond_its_bounds() -> None:
    turn("cache_ttl", value=600, is_set=True)
    times = {cache_seconds() for _ in range(200)}
    assert len(times) > 10
    assert 540 <= min(times) < max(times) <= 660
    turn("cache_ttl", value=3600, is_set=True)
    assert max(cache_seconds() for _ in range(50)) <= 3600
    turn("cache_ttl", value=60, is_set=True)
    assert min(cache_seconds() for _ in range(50)) >= 60
