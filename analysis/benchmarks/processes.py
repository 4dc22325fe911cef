"""The product's own processes, started for a benchmark, and the memory they and their children take."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
from django.conf import settings
from django.db import connection

from analysis.models import Worker
from analysis.processing.heartbeat import workers_alive
from perf.benchmarks.registry import BenchmarkRefusedError

_SAMPLE_SECONDS = 0.05
_START_SECONDS = 30
_STOP_SECONDS = 20
_SLOT = "benchmark-{number}"
_PARSER = "analysis.intake.child"

Processes = dict[str, "subprocess.Popen[bytes]"]


@contextmanager
def product(workers: int) -> Iterator[Processes]:
    """Workers and a sweeper as the supervisor starts them, ready for work; stopped in order at the end.

    Raises ``BenchmarkRefusedError`` while others are at work: they would take a share that nobody measures.
    """
    if workers_alive():
        raise BenchmarkRefusedError("Workers are running; stop them first (make stop), then measure.")
    with ExitStack() as stack:
        started: Processes = {"sweeper": stack.enter_context(_process("sweeper", "sweeper"))}
        for number in range(1, workers + 1):
            arguments = ("worker", "--slot", _SLOT.format(number=number))
            started[f"worker {number}"] = stack.enter_context(_process("worker", *arguments))
        _wait_for_workers(workers, started)
        yield started
    # Gone by themselves, their last sign of life would look like workers at work for a while.
    Worker.objects.filter(slot__startswith="benchmark-").delete()


def stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, and SIGKILL to one that does not listen."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def _process(role: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    process = subprocess.Popen(command, env=os.environ | {"FIBER_PROCESS": role})  # noqa: S603
    try:
        yield process
    finally:
        stop(process)


def _wait_for_workers(workers: int, started: Processes) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while workers_alive() < workers:
        if time.monotonic() > deadline or any(each.poll() is not None for each in started.values()):
            raise BenchmarkRefusedError("The workers did not start; see their output above.")
        time.sleep(0.1)


class ProcessSampler:
    """Memory and CPU of processes while they work; children (the parser of files) are a role of their own, ``parser``.

    ``peaks``: most resident memory in MB by role.
    """

    def __init__(self, processes: Processes) -> None:
        own = {"command": psutil.Process()}
        self._watched = own | {role: psutil.Process(process.pid) for role, process in processes.items()}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._server = _database_server()
        self._cpu_before: dict[str, float] = {}
        self._cpu: dict[str, float] = {}
        self.peaks: defaultdict[str, float] = defaultdict(float)

    def __enter__(self) -> ProcessSampler:
        self._cpu_before = self._cpu_now()
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stopped.set()
        self._thread.join()
        self._cpu = self._cpu_now()

    @property
    def sees_database(self) -> bool:
        """Whether PostgreSQL runs on this machine, so that its CPU time is known, as the role ``postgresql``."""
        return self._server is not None

    def cpu_seconds(self, role: str) -> float:
        """What processes whose role begins so used, their ended children included."""
        return sum(used - self._cpu_before[name] for name, used in self._cpu.items() if name.startswith(role))

    def _cpu_now(self) -> dict[str, float]:
        used = {role: _cpu_seconds(process) for role, process in self._watched.items()}
        if self._server is not None:
            backends = self._server.children(recursive=True)
            used["postgresql"] = sum(map(_cpu_seconds, (self._server, *backends)))
        return used

    def _run(self) -> None:
        while not self._stopped.wait(_SAMPLE_SECONDS):
            for role, process in self._watched.items():
                with suppress(psutil.Error):
                    self._note(role, process)
                    for child in process.children(recursive=True) if role.startswith("worker") else ():
                        if _PARSER in child.cmdline():  # before its exec it is a copy of the worker
                            self._note("parser", child)

    def _note(self, role: str, process: psutil.Process) -> None:
        self.peaks[role] = max(self.peaks[role], peak_mb(process))


def peak_mb(process: psutil.Process) -> float:
    """The most memory (resident, MB) that a process held so far; what it holds now where the system does not say."""
    with suppress(OSError):
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    return float(process.memory_info().rss / 1e6)


def _database_server() -> psutil.Process | None:
    """The process that started our own backend, if it is on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    with suppress(psutil.Error):
        process = psutil.Process(backend)
        return process.parent() if process.name().startswith("postgres") else None
    return None


def _cpu_seconds(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        return float(sum(process.cpu_times()[:4]))
    return 0.0
