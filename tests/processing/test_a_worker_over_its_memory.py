"""A worker that holds too much ends after its job and is started again; nothing that it was to do is lost."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from django.db import connection

from analysis.models import AnalysisResult, Comment, CommentStatus, Session, SessionState
from analysis.processing import verbs, worker
from analysis.processing.pulse import pulse
from fibercomments.servers.places import PROJECT
from fibercomments.supervision import Child, Program

ROWS, SESSIONS = 120, 2
_PATIENCE = 120


@pytest.fixture
def small_worker(transactional_db: None, tmp_path: Path) -> Child:
    """A worker for the test's database that is over its limit from the start, kept running as by the supervisor."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    limits = {
        "MEMORY_PROCESS_MB": "1",
        "MEMORY_CHECK_SECONDS": "0.5",  # it has the time to begin a job
        "MEMORY_RENEWAL_PAUSE_SECONDS": "0",
        "STATE_DIR": os.environ.get("STATE_DIR", str(PROJECT / ".local")),
    }
    command = [sys.executable, str(PROJECT / "manage.py"), "worker", "--slot", "small"]
    environment = limits | {"DATABASE_URL": database, "FIBER_PROCESS": "worker"}
    return Child(Program("worker", command, environment), tmp_path / "log")


def test_it_ends_after_the_job_and_its_successors_finish_the_work(
    small_worker: Child, make_session: Callable[..., Session]
) -> None:
    sessions = [make_session([f"Muy lento, van {n} días" for n in range(ROWS)]) for _ in range(SESSIONS)]
    for session in sessions:
        verbs.start_import(session=session, actor=None)
    pids: set[int] = set()
    niceness: set[int] = set()
    deadline = time.monotonic() + _PATIENCE
    try:
        while Session.objects.exclude(state=SessionState.COMPLETED).exists():
            assert time.monotonic() < deadline, small_worker.log.read_text()[-3000:]
            small_worker.keep_running()
            if small_worker.pid:
                pids.add(small_worker.pid)
                niceness.add(nice_of(small_worker.pid))
            time.sleep(0.02)
    finally:
        small_worker.end_group()
        small_worker.reap()
    assert len(pids) > 1, "it was renewed"
    assert max(niceness) >= 10, "pages come before analysis"
    assert Comment.objects.filter(status=CommentStatus.DONE).count() == ROWS * SESSIONS
    assert AnalysisResult.objects.filter(is_current=True).count() == ROWS * SESSIONS
    assert "memory_renewal" in small_worker.log.read_text()


def nice_of(pid: int) -> int:
    try:
        return int(psutil.Process(pid).nice())
    except psutil.Error:
        return 0


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    sent: list[int] = []
    monkeypatch.setattr("os.kill", lambda _pid, number: sent.append(number))
    monkeypatch.setattr(pulse, "leaving", False)
    return sent


def test_a_worker_with_a_job_in_hand_is_not_interrupted(signals: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "busy", True)
    monkeypatch.setattr(pulse, "jobs_done", 1)
    worker.leave_soon()
    assert pulse.leaving
    assert signals == []


@pytest.mark.parametrize(("jobs", "sent"), [(0, 0), (1, 1)], ids=["that has done nothing yet", "that has worked"])
def test_an_idle_worker_leaves_at_once_when_it_has_done_something(
    signals: list[int], monkeypatch: pytest.MonkeyPatch, jobs: int, sent: int
) -> None:
    monkeypatch.setattr(pulse, "jobs_done", jobs)
    worker.leave_soon()
    assert len(signals) == sent
