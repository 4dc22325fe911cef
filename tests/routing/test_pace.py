"""A node gets so many calls a minute and no more, from all threads together, and fewer once they were too many."""

from __future__ import annotations

import uuid

import pytest
import redis
from django.conf import settings

from analysis.routing.pace import _WINDOW_MS, Pace
from tests.redis_away import redis_is_away  # noqa: F401 - a fixture
from tests.threads import at_once


@pytest.fixture
def name() -> str:
    return uuid.uuid4().hex


def granted(name: str, most: int = 40, tries: int = 100) -> int:
    return sum(Pace(name, most).wait() == 0 for _ in range(tries))


def the_window_ends(name: str, *, older: int = _WINDOW_MS) -> None:
    """For this node only; what was learned is so many milliseconds older."""
    hits, factor = f"pace:{name}:hits", f"pace:{name}:factor"
    with redis.Redis.from_url(settings.REDIS_CACHE_URL) as client:
        client.delete(hits)
        left = client.pttl(factor)
        if left > 0:
            client.pexpire(factor, max(1, left - older))


def test_all_threads_together_make_so_many_calls(name: str) -> None:
    assert sum(at_once(8, lambda _: granted(name, tries=20))) == 40
    assert 0 < Pace(name, 40).wait() <= _WINDOW_MS / 1000


def test_who_is_refused_takes_nothing_from_others(name: str) -> None:
    assert granted(name, 40, tries=70) == 40
    assert granted(name, 60, tries=70) == 20


def test_the_next_minute_begins_anew(name: str) -> None:
    assert granted(name) == 40
    the_window_ends(name)
    assert granted(name) == 40


def test_nodes_have_a_pace_of_their_own(name: str) -> None:
    granted(name)
    assert granted(uuid.uuid4().hex, 3) == 3


def test_after_too_many_there_are_half_as_many_and_a_tenth_comes_back_each_minute(name: str) -> None:
    assert granted(name) == 40
    Pace(name, 40).too_many()
    each = []
    for older in (_WINDOW_MS // 2, *[_WINDOW_MS] * 6):  # the first window had begun before they were too many
        the_window_ends(name, older=older)
        each.append(granted(name))
    assert each == [20, 24, 28, 32, 36, 40, 40]


def test_too_many_counts_at_once(name: str) -> None:
    assert granted(name, tries=10) == 10
    Pace(name, 40).too_many()
    assert granted(name) == 10


def test_again_and_again_too_many_leaves_a_tenth_and_never_nothing(name: str) -> None:
    for _ in range(9):
        Pace(name, 40).too_many()
    assert granted(name) == 4
    other = uuid.uuid4().hex
    for _ in range(9):
        Pace(other, 2).too_many()
    assert granted(other, 2) == 1


@pytest.mark.usefixtures("redis_is_away")
def test_without_redis_nothing_is_counted(name: str) -> None:
    assert granted(name, 1, 5) == 5
    Pace(name, 1).too_many()
