"""A process follows the knobs: it sees them when it looks, keeps them while PostgreSQL is away, never beyond bounds."""

from __future__ import annotations

import os
import threading
import time

import pytest
from django.db import connection
from django.db.utils import OperationalError
from pytest_django import Settings

from perf import tunables
from perf.models import Tunable
from perf.tunables import following, sightings
from perf.tunables.knobs import _knobs
from perf.tunables.rows import ensure_rows

pytestmark = pytest.mark.django_db


def test_a_value_is_the_declared_one_until_the_rows_were_seen(knobs: None) -> None:
    Tunable.objects.filter(name="batch_size").update(value=35, is_set=True)
    assert tunables.value("batch_size") == 20
    following.look()
    assert tunables.value("batch_size") == 35


def test_an_unknown_knob_is_an_error() -> None:
    with pytest.raises(LookupError):
        tunables.value("volume")


def test_no_row_takes_a_value_beyond_what_the_code_declares(knobs: None) -> None:
    Tunable.objects.filter(name="batch_size").update(high=500, value=400, is_set=True)
    following.look()
    assert tunables.value("batch_size") == 50
    assert ensure_rows() == 1
    assert Tunable.objects.get(name="batch_size").value == 50


def test_the_last_values_stay_while_the_database_is_away(knobs: None, monkeypatch: pytest.MonkeyPatch) -> None:
    Tunable.objects.filter(name="batch_size").update(value=35, is_set=True)
    following.look()

    def away(*_args: object) -> None:
        raise OperationalError

    monkeypatch.setattr(following.Follower, "look", away)
    monkeypatch.setattr(connection, "close", lambda: None)
    monkeypatch.setattr(following, "close_old_connections", lambda: None)
    following._follower._round()
    assert tunables.value("batch_size") == 35


def test_a_knob_is_in_force_once_it_was_turned_or_is_the_tuners(knobs: None) -> None:
    following.look()
    assert not tunables.is_in_force("batch_size")
    Tunable.objects.filter(name="batch_size").update(mode="auto")
    following.look()
    assert tunables.is_in_force("batch_size")
    Tunable.objects.filter(name="batch_size").update(mode="off", is_set=True)
    following.look()
    assert tunables.is_in_force("batch_size")


def test_missing_rows_are_made_and_others_left_alone(knobs: None) -> None:
    Tunable.objects.filter(name="batch_size").delete()
    Tunable.objects.filter(name="cache_ttl").update(value=600, is_set=True)
    assert ensure_rows() == 1
    assert ensure_rows() == 0
    assert {row.name for row in Tunable.objects.all()} == _knobs.keys()
    assert Tunable.objects.get(name="cache_ttl").value == 600


def test_listeners_hear_of_every_look(knobs: None, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[float] = []
    monkeypatch.setattr(following, "_listeners", [lambda: heard.append(tunables.value("batch_size"))])
    following.look()
    Tunable.objects.filter(name="batch_size").update(value=30, is_set=True)
    following.look()
    assert heard == [20, 30]


@pytest.mark.django_db(transaction=True)
def test_one_thread_looks_and_a_forked_child_has_its_own(
    knobs: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TUNABLES_SEEN_SECONDS = 0.05
    done = threading.Event()
    monkeypatch.setattr(following.Follower, "_run", lambda _self: done.wait())
    tunables.follow()
    tunables.value("batch_size")
    assert [thread.name for thread in threading.enumerate()].count("tunables") == 1
    child = os.fork()
    if child == 0:
        alone = "tunables" not in [thread.name for thread in threading.enumerate()]
        tunables.value("batch_size")
        own = [thread.name for thread in threading.enumerate()].count("tunables") == 1
        os._exit(0 if alone and own else 1)
    assert os.waitpid(child, 0)[1] == 0
    done.set()
    monkeypatch.setattr(following, "_follower", following.Follower())


def test_processes_tell_what_they_see_for_some_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    sightings.tell({"batch_size": 25.0})
    told = sightings.sightings()
    assert told is not None
    mine = next(one for one in told if one.pid == os.getpid())
    assert (mine.role, mine.values) == ("command", {"batch_size": 25.0})
    assert mine.seconds_ago < 5
    later = time.time() + 60
    monkeypatch.setattr(time, "time", lambda: later)
    assert sightings.sightings() == []


def test_nobody_can_tell_while_redis_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    nobody = redis.Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(sightings, "client", lambda: nobody)
    sightings.tell({})
    assert sightings.sightings() is None
    assert connection.vendor == "postgresql"
