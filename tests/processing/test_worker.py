"""A worker lives through the loss of its servers, leaves when asked, and does not hang."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import django_rq
import pytest
from django.db import InterfaceError, OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError
from rq.exceptions import StopRequested

from analysis.models import Chunk, Session
from analysis.processing import jobs, verbs, worker
from analysis.processing.claim import claim
from analysis.processing.drain import drain, work_on
from analysis.processing.hints import QUEUES, queued_hints
from analysis.processing.pulse import Pulse, pulse
from fibercomments.servers.places import PROJECT

Make = Callable[..., Session]


@pytest.fixture
def rq_worker() -> Iterator[worker.LeaseWorker]:
    """RQ's part of a worker; signals and the pulse are as before afterwards."""
    handlers = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    queues = [django_rq.get_queue(name) for name in QUEUES]
    made = worker.LeaseWorker(queues, name=f"host.1.{uuid.uuid4().hex[:8]}", connection=queues[0].connection)
    yield made
    django_rq.get_connection(QUEUES[0]).delete(made.key)
    for number, handler in handlers:
        signal.signal(number, handler)
    pulse.stopping = pulse.busy = False


def test_a_worker_registers_again_while_redis_still_lists_its_name(rq_worker: worker.LeaseWorker) -> None:
    rq_worker.register_birth()
    rq_worker.register_birth()
    assert rq_worker.connection.exists(rq_worker.key)


def test_an_idle_worker_stops_at_once(rq_worker: worker.LeaseWorker) -> None:
    with pytest.raises(StopRequested):
        rq_worker.request_stop(signal.SIGTERM, None)
    assert pulse.stopping


def test_a_busy_worker_is_not_interrupted_even_when_redis_is_away(
    rq_worker: worker.LeaseWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object, **_kwargs: object) -> None:
        raise RedisConnectionError

    monkeypatch.setattr(rq_worker.connection, "execute_command", away)
    pulse.busy = True
    rq_worker.request_stop(signal.SIGTERM, None)
    assert pulse.stopping
    assert rq_worker._stop_requested
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, "a second signal does not wait"


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_job_ends_calmly_when_the_database_is_lost(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def lose(*_args: object, **_kwargs: object) -> bool:
        raise error

    monkeypatch.setattr(jobs, "drain", lose)
    monkeypatch.setattr("django.db.connection.close", lambda: None)
    jobs.drain_session(str(uuid.uuid4()))


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_heart_beats_on_when_the_database_is_lost(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def lose(*_args: object) -> None:
        raise error

    monkeypatch.setattr(worker, "beat", lose)
    monkeypatch.setattr("django.db.connection.close", lambda: None)
    worker.Heart("host.1.a", "1", "high")._beat()


@pytest.mark.django_db
def test_only_the_lease_in_hand_is_prolonged(make_session: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    session = make_session(["Muy lento"])
    verbs.start_import(session=session, actor=None)
    drain(session.pk, "importer", seconds=0.0001)
    dropped = claim(session.pk, "host.1.a")
    assert dropped is not None
    until = Chunk.objects.get(pk=dropped.chunk_id).lease_until
    heart = worker.Heart("host.1.a", "1", "high")
    held: list[object] = []

    def lose(*_args: object) -> None:
        held.append(pulse.lease)
        raise OperationalError

    monkeypatch.setattr("analysis.processing.drain.run_analysis", lose)
    with pytest.raises(OperationalError):
        work_on(dropped)
    heart._beat()

    assert held == [dropped.token]
    assert Chunk.objects.get(pk=dropped.chunk_id).lease_until == until, "nobody works on it: it may run out"
    with pulse.holding(dropped.token):
        heart._beat()
    assert Chunk.objects.get(pk=dropped.chunk_id).lease_until != until


@pytest.mark.django_db(transaction=True)
def test_what_a_dead_predecessor_held_is_hinted_to_whoever_is_free(make_session: Make) -> None:
    session = make_session(["Muy lento"])
    verbs.start_import(session=session, actor=None)
    assert claim(session.pk, "host.1.dead") is not None
    before = queued_hints()[str(session.pk)]
    worker.free_predecessor("host.1.")
    assert queued_hints()[str(session.pk)] == before + 1


HANG = """
import re
from analysis.processing.pulse import pulse
with pulse.at_work():
    {what}
"""
HANGING = {
    "a loop": "while True: pass",
    "a regular expression that lets no other thread run": "re.match(r'(a+)+$', 'a' * 60 + 'b')",
}


@pytest.mark.parametrize("what", HANGING.values(), ids=HANGING.keys())
def test_a_worker_that_hangs_is_ended_and_says_where(what: str) -> None:
    done = run(HANG.format(what=what), STALL_SECONDS="1")
    assert done.returncode == 1
    assert "Timeout (0:00:01)" in done.stderr
    assert 'File "<string>", line 5' in done.stderr


def test_a_worker_that_makes_progress_or_has_nothing_to_do_is_left_alone() -> None:
    calm = """
import time
from analysis.processing.pulse import pulse
with pulse.at_work():
    for _ in range(5):
        time.sleep(0.3)
        pulse.progress()
    pulse.progress(patience=5)
    time.sleep(1.2)
time.sleep(1.2)
"""
    assert run(calm, STALL_SECONDS="1").returncode == 0


def test_progress_outside_of_work_starts_no_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    armed: list[Any] = []
    monkeypatch.setattr("faulthandler.dump_traceback_later", lambda *args, **_: armed.append(args))
    Pulse().progress()
    assert armed == []


def run(script: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a few lines in a process that has the product's settings."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "fibercomments.settings"} | settings
    return subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
