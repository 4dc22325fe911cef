"""Connections to PostgreSQL and Redis over TCP are probed; those over Unix sockets, which cannot be, are left alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from fibercomments.servers.places import PROJECT

TELL = """
import json
from fibercomments import settings
print(json.dumps([
    settings.DATABASES["default"]["OPTIONS"]["keepalives_idle"],
    settings.CACHES["default"]["OPTIONS"]["CONNECTION_POOL_KWARGS"],
    settings.RQ_QUEUES["high"]["URL"],
]))
"""


@pytest.mark.parametrize(
    ("url", "cache", "queue"),
    [
        (
            "redis://127.0.0.1:6379/0",
            {"socket_keepalive": True},
            "redis://127.0.0.1:6379/0?socket_connect_timeout=2&socket_timeout=5&socket_keepalive=yes",
        ),
        ("unix:///run/redis.sock?db=0", {}, "unix:///run/redis.sock?db=0&socket_connect_timeout=2&socket_timeout=5"),
    ],
    ids=["over TCP", "over a Unix socket"],
)
def test_what_the_clients_are_told(url: str, cache: dict[str, bool], queue: str) -> None:
    environment = os.environ | {"REDIS_URL": url, "REDIS_FIRST_DB": "0"}
    done = subprocess.run(
        [sys.executable, "-c", TELL], cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [60, cache, queue]
