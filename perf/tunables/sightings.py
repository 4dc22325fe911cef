"""Which processes follow the knobs, and what each of them saw last; for people, kept in Redis for some seconds.

Nothing depends on it: while Redis is away nobody can tell, and the knobs work all the same.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
import redis
from django.conf import settings

from perf.metrics.store import client

_KEY = "perf:knobs:seen"
_FRESH_SECONDS = 10.0
_KEPT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Sighting:
    """A process (web, worker, sweeper or command), the values it follows, and how many seconds ago it looked."""

    role: str
    host: str
    pid: int
    values: Mapping[str, float]
    seconds_ago: float


def tell(values: Mapping[str, float]) -> None:
    """Note what this process sees now."""
    content = orjson.dumps({"at": time.time(), "values": dict(values)})
    name = f"{settings.PROCESS}:{socket.gethostname()}:{os.getpid()}"
    try:
        pipeline = client().pipeline(transaction=False)
        pipeline.hset(_KEY, name, content)
        pipeline.expire(_KEY, _KEPT_SECONDS)
        pipeline.execute()
    except redis.RedisError:
        return  # told again in a second


def sightings() -> list[Sighting] | None:
    """The processes that looked within the last seconds, by name; None while Redis does not answer."""
    try:
        told = client().hgetall(_KEY)
        found = {name.decode(): orjson.loads(content) for name, content in told.items()}  # type: ignore[union-attr]
        gone = [name for name, one in found.items() if time.time() - one["at"] > _FRESH_SECONDS]
        if gone:
            client().hdel(_KEY, *gone)
    except redis.RedisError:
        return None
    return [_sighting(name, found[name]) for name in sorted(found.keys() - set(gone))]


def _sighting(name: str, told: Mapping[str, object]) -> Sighting:
    role, host, pid = name.split(":")
    values, at = told["values"], told["at"]
    assert isinstance(values, dict) and isinstance(at, float)  # noqa: S101, PT018 -- as ``tell`` wrote them
    return Sighting(role, host, int(pid), values, max(0.0, time.time() - at))
