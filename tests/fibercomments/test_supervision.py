"""Programs are kept running, and are stopped in order."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fibercomments.supervision import STEADY_SECONDS
from tests.fibercomments.machine import is_alive, kill, spawn, wait_for

# A supervisor of toy programs: each writes its process id to a file of its name, and its name to `order` when it
# is told to stop.
SUPERVISOR = """
import sys
from pathlib import Path
from fibercomments.supervision import Program, Supervisor

folder = Path(sys.argv[1])
groups = [
    [Program(name, [sys.executable, "-c", (folder / "toy.py").read_text(), str(folder), name], stop_seconds=1.0)
     for name in group.split(",")]
    for group in sys.argv[2:]
]
supervisor = Supervisor(groups, folder, [])
supervisor.listen()
supervisor.run()
print("all stopped", flush=True)
"""
TOY = """
import os, pathlib, signal, subprocess, sys, time
folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]

def end(number, frame):
    with open(folder / "order", "a") as order:
        order.write(name + " ")
    if "stubborn" not in name:
        sys.exit()

signal.signal(signal.SIGTERM, end)
if "broken" in name:
    sys.exit("a reason")
if "parent" in name:
    grandchild = subprocess.Popen(["sleep", "600"])
    (folder / "grandchild").write_text(str(grandchild.pid))
(folder / "new").write_text(str(os.getpid()))
(folder / "new").rename(folder / name)
while True:
    time.sleep(600)
"""


class Stage:
    """A supervisor with its programs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "toy.py").write_text(TOY)

    def begin(self, *groups: str) -> None:
        """Start the supervisor; each group is a list of names, with commas between."""
        self.process: subprocess.Popen[str] = spawn(self.folder, "-c", SUPERVISOR, str(self.folder), *groups)

    def pid(self, name: str) -> int:
        """Process id of a program, once it runs."""
        wait_for((self.folder / name).exists, f"{name} to run")
        return int((self.folder / name).read_text())

    def end(self, number: signal.Signals = signal.SIGTERM) -> str:
        """Stop the supervisor; what it said."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=30)[0]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A place for a supervisor, which does not outlive the test."""
    it = Stage(tmp_path)
    yield it
    it.process.kill()
    it.process.communicate()


def test_a_program_that_was_killed_is_started_again(stage: Stage) -> None:
    stage.begin("web", "worker")
    first, other = stage.pid("web"), stage.pid("worker")
    (stage.folder / "web").unlink()
    kill(first)
    assert stage.pid("web") != first
    assert stage.pid("worker") == other
    assert "web was killed by signal 9" in stage.end()


def test_a_program_that_dies_at_once_is_tried_again_later_and_later_with_its_reason(stage: Stage) -> None:
    stage.begin("broken")
    log = stage.folder / "broken.log"
    wait_for(lambda: log.exists() and log.read_text().count("a reason") == 3, "three attempts")
    said = stage.end()
    assert re.findall(r"again in ([\d.]+) s", said)[:2] == ["0.5", "1.0"]
    assert "    a reason" in said


def test_a_program_that_had_been_well_is_started_again_without_a_pause(stage: Stage) -> None:
    stage.begin("web")
    first, seen = stage.pid("web"), time.monotonic()
    wait_for(lambda: time.monotonic() - seen > STEADY_SECONDS, "the program to have been well")
    (stage.folder / "web").unlink()
    kill(first)
    assert stage.pid("web") != first
    assert "starting it again in 0.0 s" in stage.end()


def test_groups_are_stopped_one_after_the_other_in_their_order(stage: Stage) -> None:
    stage.begin("web", "worker-1,worker-2", "sweeper")
    pids = [stage.pid(name) for name in ("web", "worker-1", "worker-2", "sweeper")]
    assert "all stopped" in stage.end(signal.SIGINT)
    order = (stage.folder / "order").read_text().split()
    assert (order[0], set(order[1:3]), order[3]) == ("web", {"worker-1", "worker-2"}, "sweeper")
    assert not any(is_alive(pid) for pid in pids)


def test_a_program_that_does_not_stop_in_time_is_killed(stage: Stage) -> None:
    stage.begin("stubborn")
    pid = stage.pid("stubborn")
    assert "stubborn did not stop in time and is killed" in stage.end()
    assert not is_alive(pid)


def test_a_second_signal_does_not_wait(stage: Stage) -> None:
    stage.begin("stubborn-1", "stubborn-2", "stubborn-3")
    pids = [stage.pid(f"stubborn-{number}") for number in (1, 2, 3)]
    stage.process.send_signal(signal.SIGINT)
    wait_for((stage.folder / "order").exists, "the first to be told")
    stage.end(signal.SIGINT)
    assert not any(is_alive(pid) for pid in pids)


def test_what_a_dead_program_leaves_behind_is_ended_too(stage: Stage) -> None:
    stage.begin("parent")
    pid = stage.pid("parent")
    grandchild = int((stage.folder / "grandchild").read_text())
    kill(pid)
    wait_for(lambda: not is_alive(grandchild), "the end of the grandchild")


def test_a_terminal_s_ctrl_c_reaches_the_supervisor_alone(stage: Stage) -> None:
    stage.begin("web")
    assert os.getsid(stage.pid("web")) != os.getsid(stage.process.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels do not tell children of their parent's death")
def test_programs_are_told_to_stop_when_the_supervisor_is_killed(stage: Stage) -> None:
    stage.begin("web,worker")
    pids = [stage.pid("web"), stage.pid("worker")]
    kill(stage.process.pid)
    wait_for(lambda: not any(is_alive(pid) for pid in pids), "the end of the orphans")
