"""The web server as in production, with one process, for whole requests over a connection that is kept."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from django.conf import settings

from analysis.benchmarks.caller import HOST, MANY
from analysis.benchmarks.processes import stop
from perf.benchmarks.registry import BenchmarkRefusedError

_START_SECONDS = 30
LIVE = "/healthz/live"
"""A view that does nothing."""


@contextmanager
def web(secret: str) -> Iterator[httpx.Client]:
    """A client of the server with that token; raises ``BenchmarkRefusedError`` when the server does not start."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--config", str(settings.BASE_DIR / "fibercomments/gunicorn.conf.py")]
    environment = os.environ | {
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "ALLOWED_HOSTS": HOST,
        "API_RATE_LIMIT": str(MANY),
        "API_ANALYZE_RATE_LIMIT": str(MANY),
        "HTTPS": "0",
        "LOG_LEVEL": "WARNING",
    }
    server = subprocess.Popen(  # noqa: S603
        command, env=environment, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    headers = {"Authorization": f"Bearer {secret}", "Host": HOST}
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as client:
            _wait(client, server)
            yield client
    finally:
        stop(server)


def _wait(client: httpx.Client, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            if client.get(LIVE).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
        if time.monotonic() > deadline or server.poll() is not None:
            raise BenchmarkRefusedError("The web server did not start.")
