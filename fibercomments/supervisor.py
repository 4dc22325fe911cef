"""`make run`: the whole product on one machine, from one terminal.

Private servers where the environment names none, tables and static files, then gunicorn, workers and the sweeper
under one supervisor. The environment may say: PORT, HOST, WORKERS. Ctrl-C stops everything in order within half a
minute; a second one does not wait.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

from fibercomments import services
from fibercomments.servers import ServiceError
from fibercomments.servers.locks import SoleLock
from fibercomments.servers.places import PROJECT, Places
from fibercomments.supervision import STOP_SIGNALS, Program, Supervisor, say

DEFAULT_PORT = 8000
PORTS_TRIED = 100
BACKLOG = 1024
LONGEST_STOP = 40.0  # seconds
REVIVE_PAUSE = 5.0  # seconds between two attempts to bring back a private server


def open_port(host: str, wanted: str | None) -> socket.socket:
    """Listen on PORT, or else on the first free one from 8000 on.

    The supervisor holds the socket, so that connections wait, instead of being refused, while gunicorn restarts.

    Raises:
        ServiceError: the port that was asked for is taken, or none is free.
    """
    if wanted and not (wanted.isdecimal() and int(wanted) < 65536):
        raise ServiceError(f"PORT must be a number up to 65535, not {wanted!r}.")
    ports = [int(wanted)] if wanted else range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED)
    reason: OSError | None = None
    for port in ports:
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen(BACKLOG)
        except OSError as error:
            listener.close()
            reason = error
            continue
        if not wanted and port != DEFAULT_PORT:
            say(f"Port {DEFAULT_PORT} is taken by another program; using {port}. (PORT=... chooses another.)")
        return listener
    raise ServiceError(f"Cannot listen on {host}, port {wanted or f'{ports[0]} to {ports[-1]}'}: {reason}.")


def programs(listener: socket.socket, workers: int) -> list[list[Program]]:
    """What runs, in groups by the order in which they are stopped: web, workers, sweeper."""
    python = sys.executable
    manage = str(PROJECT / "manage.py")
    gunicorn = [python, "-m", "gunicorn", "-c", str(PROJECT / "fibercomments" / "gunicorn.conf.py")]
    descriptor = listener.fileno()
    return [
        [Program("web", [*gunicorn, "--bind", f"fd://{descriptor}"], {"FIBER_PROCESS": "web"}, 9.0, (descriptor,))],
        [
            Program(f"worker-{slot}", [python, manage, "worker", "--slot", str(slot)], {"FIBER_PROCESS": "worker"}, 8.0)
            for slot in range(1, workers + 1)
        ],
        [Program("sweeper", [python, manage, "sweeper"], {"FIBER_PROCESS": "sweeper"}, 2.0)],
    ]


class Announcer:
    """Says where the page is, once it really answers."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._began = time.monotonic()
        self._is_done = False

    def __call__(self) -> None:
        """Look, unless it was seen."""
        if not self._is_done and self._answers():
            self._is_done = True
            say(f"\n    {self._url}\n\nReady after {time.monotonic() - self._began:.1f} s. Ctrl-C stops it.")

    def _answers(self) -> bool:
        """Whether the page, or the one it sends us to, is served without an error."""
        parts = urlsplit(self._url)
        path = parts.path
        try:
            for _hop in range(3):
                connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=2)
                connection.request("GET", path)
                answer = connection.getresponse()
                connection.close()
                path = answer.headers.get("Location", "")
                if not path.startswith("/"):
                    return answer.status < 500
        except (OSError, http.client.HTTPException):
            return False
        return False


class Reviver:
    """Brings private servers back when they die by themselves; what was stopped by hand stays stopped."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self._attempt: subprocess.Popen[bytes] | None = None
        self._next = 0.0

    def __call__(self) -> None:
        """Look, and start an attempt in a process of its own, because it may take long."""
        if self._attempt and self._attempt.poll() is None:
            return
        self._attempt = None
        dead = [name for name in self._names if services.died(name)]
        if dead and time.monotonic() >= self._next:
            self._next = time.monotonic() + REVIVE_PAUSE
            say(f"The private server {' and '.join(dead)} is gone; starting it again.")
            command = [sys.executable, "-m", "fibercomments.services", "start", "--unless-stopped", *dead]
            self._attempt = subprocess.Popen(  # noqa: S603
                command, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
            )


def run() -> int:
    """Run the product until a signal ends it. Returns the exit code."""
    places = Places.of_environment()
    places.make()
    lock = SoleLock(places.local / "run.lock")
    if not lock.take():
        process, url = _holder(lock)
        say(f"Already running at {url} (process {process}). Stop it there with Ctrl-C, or with `make stop`.")
        return 0
    for number in STOP_SIGNALS:  # SIGINT too, which a shell's background jobs ignore
        signal.signal(number, signal.default_int_handler)
    try:
        return _run_alone(places, lock)
    except ServiceError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("Stopped before it was ready.")
        return 130
    finally:
        services.leave()
        lock.drop()


def _run_alone(places: Places, lock: SoleLock) -> int:
    private = services.missing()
    with open_port(os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or None) as listener:
        url = _url(listener)
        lock.write(f"{os.getpid()} {url}")
        announce, revive = Announcer(url), Reviver(private)
        if private:
            say(f"Starting private servers ({', '.join(private)}) in {places.local} ...")
        services.ensure()
        say("Preparing tables and static files ...")
        _prepare()
        groups = programs(listener, int(os.environ.get("WORKERS") or 2))
        supervisor = Supervisor(groups, places.logs, [announce, revive])
        supervisor.listen()
        supervisor.run()
        services.leave(now=supervisor.must_hurry)
    say("Stopped.")
    return 0


def _prepare() -> None:
    """Run `fibercomments.prepare`, out of reach of the terminal's Ctrl-C, which reaches us and ends it through us."""
    command = [sys.executable, "-m", "fibercomments.prepare"]
    if subprocess.run(command, cwd=PROJECT, stdin=subprocess.DEVNULL, start_new_session=True, check=False).returncode:  # noqa: S603
        raise ServiceError("The product could not be prepared; the reason stands above.")


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}/"


def _holder(lock: SoleLock) -> tuple[int, str]:
    """Process id and address of the supervisor that holds the lock."""
    process, _space, url = lock.note().partition(" ")
    return int(process or 0), url or "an address that it has not chosen yet"


def stop() -> int:
    """Stop the product that runs from this checkout, and wait until it has stopped. Returns the exit code."""
    places = Places.of_environment()
    places.make()
    lock = SoleLock(places.local / "run.lock")
    if lock.take():
        lock.drop()
        say("Nothing is running here.")
        return 0
    process, _url = _holder(lock)
    if process:
        os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + LONGEST_STOP
    while not lock.take():
        if time.monotonic() > deadline:
            say(f"Process {process} has not stopped after {LONGEST_STOP} s.")
            return 1
        time.sleep(0.1)
    lock.drop()
    return 0


if __name__ == "__main__":
    sys.exit(stop() if "--stop" in sys.argv[1:] else run())
