"""Directories and processes for tests of the wiring."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fibercomments.servers.places import PROJECT

PATIENCE = 40.0  # seconds; a limit, not a measure
OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "STATE_DIR",
    "PORT",
    "HOST",
    "WORKERS",
    "ENVIRONMENT",
    "REDIS_FIRST_DB",
)


@contextmanager
def fresh_home() -> Iterator[Path]:
    """A directory for private servers: short enough for sockets, and open to the account that runs PostgreSQL."""
    home = Path(tempfile.mkdtemp(prefix="fiber-")).resolve()
    home.chmod(0o711)
    try:
        yield home
    finally:
        run(home, "-m", "fibercomments.services", "stop", "--now")
        shutil.rmtree(home)


def environment(home: Path, **more: str) -> dict[str, str]:
    """Environment of a process that is to find its private servers in `home`."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return kept | {"STATE_DIR": str(home / ".local"), "PYTHONUNBUFFERED": "1"} | more


def attempt(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run our Python with arguments, from the checkout, with its servers in `home`; it may fail."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env=environment(home, **more),
        capture_output=True,
        text=True,
        check=False,
    )


def run(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The same, but it must not fail."""
    done = attempt(home, *arguments, **more)
    assert done.returncode == 0, done.stderr
    return done


def spawn(home: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """Start our Python likewise, in a session of its own, and go on; its output is read from `stdout`."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env=environment(home, **more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE:.0f} s in vain: {what}"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process exists and is more than a corpse that nobody has buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill(pid: int) -> None:
    """End a process as hard as can be, and wait until it has gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not is_alive(pid), f"the end of process {pid}")
