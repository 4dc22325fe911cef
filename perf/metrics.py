"""Counters that cost nothing on the way: kept in the process, added to Redis now and then, lost by nobody's fault.

Counts are best effort: a process that is killed loses what it had not sent yet, and a Redis that is away is tried
again with the next count. Nothing that must be right is kept here.
"""

from __future__ import annotations

import threading
from collections import Counter
from functools import cache

import redis
from django.conf import settings

_KEY = "perf:counters"
_pending: Counter[str] = Counter()
_lock = threading.Lock()


def count(name: str, number: int = 1) -> None:
    """Add to a counter; never raises, waits at most 0.2 s."""
    with _lock:
        _pending[name] += number
    flush()


def flush() -> None:
    """Send what is pending to Redis; what could not be sent stays pending."""
    with _lock:
        sending, names = dict(_pending), list(_pending)
        _pending.clear()
    try:
        pipeline = _client().pipeline(transaction=False)
        for name in names:
            pipeline.hincrby(_KEY, name, sending[name])
        pipeline.execute()
    except redis.RedisError:
        with _lock:
            _pending.update(sending)


def counters() -> dict[str, int]:
    """All counters of all processes since Redis was last emptied; without Redis this process's own."""
    try:
        stored = _client().hgetall(_KEY)
        return {name.decode(): int(value) for name, value in stored.items()}  # type: ignore[union-attr]
    except redis.RedisError:
        return dict(_pending)


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_METRICS_URL, socket_timeout=0.2, socket_connect_timeout=0.2)
