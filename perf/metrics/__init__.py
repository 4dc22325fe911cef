"""Counters and clocks of what the product does, kept in Redis, buffered in the process, never in anybody's way.

``count`` and ``track`` touch memory only; a timer carries the sums to Redis about once a second. While Redis is
away the sums wait in the process. All of it is best effort: a process killed with ``kill -9`` takes its last second
with it, and a time-out at the wrong moment may count a second twice. What must be exact belongs in PostgreSQL.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import psutil
import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

FLUSH_SECONDS = 1.0
RETRY_SECONDS = 5.0
TIMEOUT_SECONDS = 0.2
HISTORY_MINUTES = 60
_TOTALS = "perf:counters"
_END = object()
T = TypeVar("T")

_log = structlog.get_logger(__name__)
_lock = threading.Lock()
_waiting: Counter[str] = Counter()
_timer: threading.Timer | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Sums by name, ever and in the last hour; ``is_live`` is False when Redis did not answer."""

    total: dict[str, int]
    last_hour: dict[str, int]
    is_live: bool


def count(name: str, n: int = 1) -> None:
    """Add ``n`` to a counter. Names are few and written in the code: dotted, never made from data."""
    with _lock:
        _waiting[name] += n
        _arm(FLUSH_SECONDS)


@contextmanager
def track(operation: str) -> Iterator[None]:
    """Clock an operation: ``<operation>.calls``, ``<operation>.us`` (microseconds), ``<operation>.errors``.

    Usable as a decorator too. It clocks whole steps (a chunk, a file), not single comments.
    """
    started = time.perf_counter()
    failed = True
    try:
        yield
        failed = False
    finally:
        spent = int((time.perf_counter() - started) * 1e6)
        with _lock:
            _waiting[f"{operation}.calls"] += 1
            _waiting[f"{operation}.us"] += spent
            if failed:
                _waiting[f"{operation}.errors"] += 1
            _arm(FLUSH_SECONDS)


def track_each(operation: str, items: Iterable[T]) -> Iterator[T]:
    """The same items; the time spent waiting for each is clocked."""
    iterator = iter(items)
    while True:
        with track(operation):
            item = next(iterator, _END)
        if item is _END:
            return
        yield item  # type: ignore[misc]


def machine_load() -> tuple[float, float]:
    """Shares (0 to 1) of the machine's processor, since this process asked last, and of its memory that are in use."""
    return psutil.cpu_percent() / 100, psutil.virtual_memory().percent / 100


def flush() -> bool:
    """Carry what waits to Redis now; False when it does not answer, and then it waits on."""
    global _timer
    with _lock:
        sums = dict(_waiting)
        _waiting.clear()
        if _timer is not None:
            _timer.cancel()
        _timer = None
    if not sums:
        return True
    try:
        _send(sums)
    except redis.RedisError as error:
        _log.debug("metrics_wait", error=type(error).__name__)
        with _lock:
            _waiting.update(sums)
            _arm(RETRY_SECONDS)
        return False
    return True


def read() -> Reading:
    """The sums of all processes, and what this one has not sent yet."""
    with _lock:
        own = Counter(_waiting)
    try:
        pipeline = _client().pipeline(transaction=False)
        pipeline.hgetall(_TOTALS)
        for minute in range(_minute() - HISTORY_MINUTES + 1, _minute() + 1):
            pipeline.hgetall(f"{_TOTALS}:{minute}")
        totals, *minutes = pipeline.execute()
    except redis.RedisError:
        return Reading(dict(own), {}, is_live=False)
    hour = Counter(own)
    for each in minutes:
        hour.update(_sums(each))
    return Reading(dict(own + _sums(totals)), dict(hour), is_live=True)


def _arm(seconds: float) -> None:
    """Have the sums sent soon; the lock is held."""
    global _timer
    if _timer is None:
        _timer = threading.Timer(seconds, flush)
        _timer.daemon = True
        _timer.start()


def _send(sums: dict[str, int]) -> None:
    minute = f"{_TOTALS}:{_minute()}"
    pipeline = _client().pipeline(transaction=False)
    for name, n in sums.items():
        pipeline.hincrby(_TOTALS, name, n)
        pipeline.hincrby(minute, name, n)
    pipeline.expire(minute, (HISTORY_MINUTES + 1) * 60)
    pipeline.execute()


def _minute() -> int:
    return int(time.time() // 60)


def _sums(answer: dict[bytes, bytes]) -> Counter[str]:
    return Counter({name.decode(): int(n) for name, n in answer.items()})


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_METRICS_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),  # the sums wait here; whoever counts does not
    )


def _forget() -> None:
    """In a forked child: the parent sends its own sums (redis-py sees the fork and connects anew)."""
    global _lock, _timer
    _lock = threading.Lock()
    _timer = None
    _waiting.clear()


os.register_at_fork(after_in_child=_forget)
atexit.register(flush)
