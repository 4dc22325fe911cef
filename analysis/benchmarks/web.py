"""The web server as in production, for whole requests over a connection that is kept."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import psutil
from django.conf import settings

from analysis.benchmarks.caller import HOST, MANY
from analysis.benchmarks.processes import stop
from perf.benchmarks.registry import BenchmarkRefusedError

_START_SECONDS = 90
LIVE = "/healthz/live"
"""A view that does nothing."""


@contextmanager
def web(secret: str) -> Iterator[httpx.Client]:
    """A client of a server of one process, with that token; raises ``BenchmarkRefusedError`` when it does not start."""
    headers = {"Authorization": f"Bearer {secret}", "Host": HOST}
    with web_server() as server, httpx.Client(base_url=server.address, headers=headers, timeout=30) as client:
        yield client


@dataclass(frozen=True, slots=True)
class WebServer:
    """Where it listens, and the process of gunicorn, whose children answer."""

    address: str
    pid: int


@contextmanager
def web_server(*, processes: int = 1, environment: Mapping[str, str] | None = None) -> Iterator[WebServer]:
    """A server of so many processes, with settings of its own; raises ``BenchmarkRefusedError`` when it does not start.

    Nobody is told that they ask too often.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--config", str(settings.BASE_DIR / "fibercomments/gunicorn.conf.py")]
    own = {
        "PORT": str(port),
        "WEB_CONCURRENCY": str(processes),
        "ALLOWED_HOSTS": HOST,
        "API_RATE_LIMIT": str(MANY),
        "API_ANALYZE_RATE_LIMIT": str(MANY),
        "HTTPS": "0",
        "LOG_LEVEL": "WARNING",
    }
    server = subprocess.Popen(  # noqa: S603
        command,
        env=os.environ | own | dict(environment or {}),
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, processes, server)
        yield WebServer(address, server.pid)
    finally:
        stop(server)


def _wait(address: str, processes: int, server: subprocess.Popen[bytes]) -> None:
    """Until it answers, and every one of its processes is there and has loaded the product."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            ready = httpx.get(address + LIVE, headers={"Host": HOST}, timeout=30).is_success
        except httpx.HTTPError:
            ready = False
        if ready and _loaded(server.pid) >= processes:
            return
        time.sleep(0.1)
    raise BenchmarkRefusedError("The web server did not start.")


def _loaded(pid: int) -> int:
    """Children that hold more than gunicorn itself does, and so have loaded the product."""
    master = psutil.Process(pid)
    own = master.memory_info().rss
    return sum(child.memory_info().rss > 1.5 * own for child in master.children())
