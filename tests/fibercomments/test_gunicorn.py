"""Gunicorn as configured: sockets carry their options, and a process that holds too much is renewed unnoticed."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from fibercomments.servers.places import PROJECT
from perf.resources.sockets import BUFFER_BYTES, tune_listener

_PATIENCE = 60
#: The kernel doubles what is asked for, for its own book-keeping: see socket(7).
_AS_THE_KERNEL_COUNTS = 2 * BUFFER_BYTES

Start = Callable[..., psutil.Process]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket as the supervisor opens it."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield server


@pytest.fixture
def start(listener: socket.socket, tmp_path: Path) -> Iterator[Start]:
    """Starts gunicorn on the listener, with more settings."""
    started: list[subprocess.Popen[bytes]] = []
    log = (tmp_path / "log").open("wb")

    def run(**more: str) -> psutil.Process:
        command = [sys.executable, "-m", "gunicorn", "-c", "fibercomments/gunicorn.conf.py"]
        process = subprocess.Popen(
            [*command, "--bind", f"fd://{listener.fileno()}"],
            cwd=PROJECT,
            env=os.environ | {"WEB_CONCURRENCY": "2", "SECURE_SSL_REDIRECT": "0"} | more,
            pass_fds=[listener.fileno()],
            stdout=log,
            stderr=log,
        )
        started.append(process)
        return psutil.Process(process.pid)

    yield run
    for process in started:
        process.terminate()
        process.wait(30)
    log.close()


def ask(listener: socket.socket) -> int:
    """The status of a small request."""
    host, port = listener.getsockname()
    with closing(http.client.HTTPConnection(host, port, timeout=30)) as connection:
        connection.request("GET", "/healthz/live")
        return connection.getresponse().status


def options_of(sock: socket.socket) -> dict[str, int]:
    read = sock.getsockopt
    return {
        "no delay": read(socket.IPPROTO_TCP, socket.TCP_NODELAY),
        "keep alive": read(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
        "idle": read(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
        "receive": read(socket.SOL_SOCKET, socket.SO_RCVBUF),
        "send": read(socket.SOL_SOCKET, socket.SO_SNDBUF),
    }


WANTED = {"no delay": 1, "keep alive": 1, "idle": 60, "receive": _AS_THE_KERNEL_COUNTS, "send": _AS_THE_KERNEL_COUNTS}


def test_an_accepted_connection_has_the_options_of_its_listener(listener: socket.socket) -> None:
    tune_listener(listener)
    with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
        assert options_of(accepted) == WANTED


def test_a_socket_that_is_no_tcp_stays_as_it_is() -> None:
    with socket.socket(socket.AF_UNIX) as plain:
        before = plain.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        tune_listener(plain)
        assert plain.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) == before


def may_be_spared() -> bool:
    """Whether this machine lets a process lower its score: it takes rights, and some containers refuse them to root."""
    code = "import sys; from perf.resources.process import be_spared; sys.exit(not be_spared(-500))"
    return subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0


def test_sockets_carry_their_options_and_full_processes_are_renewed_without_a_failed_request(
    listener: socket.socket, start: Start, tmp_path: Path
) -> None:
    before = options_of(listener)
    master = start(
        MEMORY_PROCESS_MB="1", MEMORY_CHECK_SECONDS="0.1", MEMORY_RENEWAL_PAUSE_SECONDS="1", STATE_DIR=str(tmp_path)
    )
    first: set[int] = set()
    deadline = time.monotonic() + _PATIENCE
    while not first or first & pids_of(master):
        assert time.monotonic() < deadline, (tmp_path / "log").read_text()[-3000:]
        assert ask(listener) == 200
        assert pids_of(master), "somebody is always there"
        if len(first) < 2:
            first |= pids_of(master)
    assert before != options_of(listener) == WANTED, "the description of the socket is shared with gunicorn"
    score = int(Path(f"/proc/{master.pid}/oom_score_adj").read_text())
    own = int(Path("/proc/self/oom_score_adj").read_text())
    assert score == (-500 if may_be_spared() else own)
    assert "memory_renewal" in (tmp_path / "log").read_text()


def pids_of(master: psutil.Process) -> set[int]:
    with suppress(psutil.Error):
        return {child.pid for child in master.children()}
    return set()
