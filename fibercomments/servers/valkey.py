"""A private Valkey (or Redis) on a Unix socket."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psutil

from fibercomments.servers import ServiceError
from fibercomments.servers.binaries import find_valkey
from fibercomments.servers.logfiles import keep_short, tail
from fibercomments.servers.places import Account, Places, refuse_foreign

START_SECONDS = 20
STOP_SECONDS = 2
# Nothing is written to disk: PostgreSQL holds the truth, and what is here may be lost at any moment.
# When memory is full, only keys with a time to live may go, which are cached answers, the least recently used
# first; queues and counters have none, and an `allkeys` policy would throw jobs away. If nothing can go, writes
# fail, which callers count and survive.
# 64 databases: three for the product, and three for each process of a parallel test run.
SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "databases": "64",
    "save": "",
    "appendonly": "no",
    "maxmemory": "256mb",
    "maxmemory-policy": "volatile-lru",
    "tcp-backlog": "511",
    "timeout": "0",
    "lazyfree-lazy-eviction": "yes",
    "daemonize": "yes",
}


class Valkey:
    """The server of one checkout. Starting and stopping are repeatable; the caller holds the checkout's mutex."""

    name = "Valkey"
    variable = "REDIS_URL"

    def __init__(self, places: Places) -> None:
        self._home = places.valkey
        self.socket = places.socket_directory(places.valkey) / "valkey.sock"
        self._pid_file = self._home / "valkey.pid"
        self.log = self._home / "server.log"

    @property
    def url(self) -> str:
        """Address of database 0."""
        return f"unix://{quote(str(self.socket))}?db=0"

    @property
    def pid(self) -> int | None:
        """Process id of the running server."""
        try:
            process = psutil.Process(int(self._pid_file.read_text()))
            is_ours = str(self.socket) in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE
        except (OSError, ValueError, psutil.Error):
            return None
        return process.pid if is_ours else None

    def is_running(self) -> bool:
        """Whether the process is there; it may be busy or frozen."""
        return self.pid is not None

    def answers(self) -> bool:
        """Whether the server answers a PING within a second."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def start(self) -> None:
        """Start the server unless it runs, and wait until it answers.

        Raises:
            ServiceError: it does not come up; the message holds the end of its log.
        """
        if not self.is_running():
            self._launch(find_valkey().path)
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if time.monotonic() > deadline or not self._home.is_dir():
                raise ServiceError(f"Valkey does not answer. Its log, {self.log}, ends:\n{tail(self.log)}")
            time.sleep(0.01)

    def _launch(self, program: Path) -> None:
        self.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_foreign(self.socket.parent, Account(os.geteuid(), os.getegid(), str(os.geteuid())))
        self._pid_file.unlink(missing_ok=True)
        keep_short(self.log)
        files = {
            "dir": str(self._home),
            "unixsocket": str(self.socket),
            "pidfile": str(self._pid_file),
            "logfile": str(self.log),
        }
        arguments = [part for key, value in (SETTINGS | files).items() for part in (f"--{key}", value)]
        done = subprocess.run(  # noqa: S603
            [program, *arguments], capture_output=True, text=True, start_new_session=True, check=False
        )
        if done.returncode:
            raise ServiceError(f"Valkey did not start: {done.stderr or done.stdout or tail(self.log)}")

    def stop(self, *, now: bool = False) -> None:
        """Stop the server if it runs; at once and without a goodbye with `now`."""
        self._signal(signal.SIGKILL if now else signal.SIGTERM)
        if not self._is_gone_within(STOP_SECONDS):
            self._signal(signal.SIGKILL)
            self._is_gone_within(STOP_SECONDS)
        self.socket.unlink(missing_ok=True)

    def _signal(self, number: signal.Signals) -> None:
        pid = self.pid
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _is_gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.is_running():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True
