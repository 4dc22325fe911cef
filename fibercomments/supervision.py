"""Keeps programs running: starts them, starts them again when they die, stops them in order.

Each program runs in a session of its own, so that a Ctrl-C at the terminal reaches the supervisor alone, which
then stops everything as it should be stopped; and each is told by the kernel (on Linux) when the supervisor dies.
"""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from fibercomments.servers.logfiles import tail

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a dead program is started again, doubled each time
STEADY_SECONDS = 3.0  # a program that lived as long as this was well, and whatever ended it is no reason to wait
TICK_SECONDS = 1.0
LONGEST_LOG = 20_000_000  # bytes
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SET_PARENT_DEATH_SIGNAL = 1  # of prctl(2)


def say(text: str) -> None:
    """Tell the person at the terminal, who may have closed it."""
    with suppress(OSError, ValueError):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Program:
    """What is to run, and how long it may take to stop after SIGTERM (seconds)."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    stop_seconds: float = 10.0
    inherited: tuple[int, ...] = ()


class Child:
    """A program and the process that runs it at the moment, if any."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._log_start = 0
        self._failures = 0
        self._next_start = 0.0

    @property
    def pid(self) -> int | None:
        """Process id, or None when no process runs."""
        return self._process.pid if self._process else None

    def keep_running(self) -> None:
        """Start the program when it is time to; note when it has died."""
        if self._process and self._process.poll() is not None:
            self._note_end(self._process.returncode)
            self._process = None
        if not self._process and time.monotonic() >= self._next_start:
            self._start()
        self._trim_log()

    def _trim_log(self) -> None:
        """Copy a log that has grown long, and go on with an empty one; the program holds it open for appending."""
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG:
            shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)
            self._log_start = 0

    def _start(self) -> None:
        with self.log.open("ab") as output:
            self._log_start = output.tell()
            self._process = subprocess.Popen(  # noqa: S603
                self.program.command,
                env=os.environ | self.program.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=self.program.inherited,
                start_new_session=True,
                preexec_fn=_end_with_parent(os.getpid()),
            )
        self._started = time.monotonic()

    def _note_end(self, code: int) -> None:
        """Decide when to start again: at once after a long life, later and later after short ones."""
        self.end_group()
        now = time.monotonic()
        was_steady = now - self._started >= STEADY_SECONDS
        self._failures = 0 if was_steady else self._failures + 1
        pause = min(FIRST_PAUSE * 2 ** (self._failures - 1), LONGEST_PAUSE) if self._failures else 0.0
        self._next_start = now + pause
        if code or self._failures > 1:
            end = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
            say(f"{self.program.name} {end}; starting it again in {pause:.1f} s. Its log, {self.log}, ends:")
            say("    " + tail(self.log, 8, self._log_start).replace("\n", "\n    "))

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        if self._process:
            self._process.send_signal(number)

    def end_group(self) -> None:
        """Kill whatever the process left behind in its session."""
        if self._process:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def reap(self) -> None:
        """Wait for the end of a process that was killed."""
        if self._process:
            self._process.wait()

    def is_gone(self) -> bool:
        """Whether no process runs any more."""
        return self._process is None or self._process.poll() is not None


def _end_with_parent(parent: int) -> Callable[[], None] | None:
    """What a new process does first on Linux: ask for SIGTERM when its parent is gone."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        library.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


class Supervisor:
    """Runs programs until it is told to stop. They are stopped group by group, in the order given.

    Args:
        groups: programs that are stopped together.
        logs: directory for the output of each program.
        on_tick: called one after the other about once a second.
    """

    def __init__(self, groups: Sequence[Sequence[Program]], logs: Path, on_tick: Sequence[Callable[[], None]]) -> None:
        self.groups = [[Child(program, logs / f"{program.name}.log") for program in group] for group in groups]
        self._on_tick = on_tick
        self._stop_requests = 0
        self._wake, self._waker = socket.socketpair()

    @property
    def children(self) -> list[Child]:
        """All of them."""
        return [child for group in self.groups for child in group]

    @property
    def must_stop(self) -> bool:
        """Whether a signal asked to stop."""
        return self._stop_requests > 0

    @property
    def must_hurry(self) -> bool:
        """Whether a second signal did."""
        return self._stop_requests > 1

    def listen(self) -> None:
        """Take over the signals that end programs; from here on they are requests."""
        for end in (self._wake, self._waker):
            end.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_requests += 1

    def run(self) -> None:
        """Keep the programs running until a signal comes, then stop them. Call `listen()` first."""
        while not self.must_stop:
            for child in self.children:
                child.keep_running()
            for call in self._on_tick:
                call()
            self.wait(TICK_SECONDS)
        self.stop()

    def wait(self, seconds: float) -> None:
        """Sleep, but not through a signal or the death of a child."""
        if select.select([self._wake], [], [], seconds)[0]:
            with suppress(BlockingIOError):
                self._wake.recv(4096)

    def stop(self) -> None:
        """Stop group by group: SIGTERM, time to finish, and SIGKILL for those who take longer."""
        for group in self.groups:
            for child in group:
                child.send(signal.SIGTERM)
            deadline = time.monotonic() + max((child.program.stop_seconds for child in group), default=0)
            while time.monotonic() < deadline and not self.must_hurry and not all(c.is_gone() for c in group):
                self.wait(0.1)
            for child in group:
                if not child.is_gone():
                    say(f"{child.program.name} did not stop in time and is killed.")
                child.end_group()
                child.reap()
