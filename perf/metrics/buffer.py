"""What this process counted, clocked and gauged, and has not sent yet: bounded, by the minute it happened in.

Whoever measures adds to a few numbers under a lock and goes on. A timer carries them to Redis about once a second;
while Redis is away they wait here, each minute by itself, for up to ``MINUTES_APART`` minutes. Then the oldest are
put together: no call is forgotten, only the minute it belongs to.
"""

from __future__ import annotations

import atexit
import math
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import redis
import structlog
from django.conf import settings

from perf.metrics import store
from perf.metrics.machine import own_memory
from perf.metrics.sketch import bin_of
from perf.metrics.sums import Gauged, Minute

FLUSH_SECONDS = 1.0
RETRY_SECONDS = 5.0
MINUTES_APART = 60
#: More names than this in one process come from data and not from code: they are added up under ``OVERFLOW``.
MOST_NAMES, LONGEST_NAME = 2000, 110
OVERFLOW = "other"

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Buffer:
    """``outbox``: taken to be sent, each under an id by which Redis knows it when it comes twice."""

    waiting: dict[int, Minute] = field(default_factory=dict)
    outbox: list[store.Batch] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    timer: threading.Timer | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)  # a signal may count in the midst of counting
    sending: threading.Lock = field(default_factory=threading.Lock)


_buffer = _Buffer()


def count(name: str, n: int = 1) -> None:
    """Add ``n`` to a counter. Names are few and written in the code: dotted, never made from data."""
    if not settings.MONITOR:
        return
    with _buffer.lock:
        _this_minute().counts[_known(name)] += n
        _arm(FLUSH_SECONDS)


def observe(operation: str, seconds: float, *, failed: bool = False) -> None:
    """Note one call of an operation that was clocked elsewhere; :func:`perf.metrics.track` clocks and notes."""
    if not settings.MONITOR:
        return
    number = bin_of(seconds * 1000)
    with _buffer.lock:
        _this_minute().clock(_known(operation)).add(int(seconds * 1e6), number, failed)
        _arm(FLUSH_SECONDS)


def gauge(name: str, value: float) -> None:
    """Note what something shows just now; kept as mean, lowest and highest of each minute. No number, no note."""
    if not (settings.MONITOR and math.isfinite(value)):
        return
    with _buffer.lock:
        gauges, known = _this_minute().gauges, _known(name)
        if known not in gauges:
            gauges[known] = Gauged()
        gauges[known].add(value)
        _arm(FLUSH_SECONDS)


def flush() -> bool:
    """Carry what waits to Redis now; False when it does not answer, and then it waits on."""
    with _buffer.lock:
        if _buffer.timer is not None:
            _buffer.timer.cancel()
        _buffer.timer = None
    with _buffer.sending:
        sent = _send()
    if not sent:
        with _buffer.lock:
            _arm(RETRY_SECONDS)
    return sent


@contextmanager
def settled() -> Iterator[Counter[str]]:
    """The sums by name that Redis does not hold yet; nothing is sent meanwhile, so that nothing is read twice."""
    with _buffer.sending:
        with _buffer.lock:
            whole: Counter[str] = Counter()
            for minute in (*_buffer.waiting.values(), *(batch.sums for batch in _buffer.outbox)):
                whole.update(minute.by_name())
        yield whole


def _send() -> bool:
    """What waited longest first; what is counted meanwhile has its own turn in a second."""
    if not _empty_outbox():
        return False
    _fill_outbox()
    return _empty_outbox()


def _empty_outbox() -> bool:
    while _buffer.outbox:
        try:
            store.send(_buffer.outbox[0])
        except redis.RedisError as error:
            _log.debug("metrics_wait", error=type(error).__name__)
            return False
        del _buffer.outbox[0]
    return True


def _fill_outbox() -> None:
    memory = own_memory() if _buffer.waiting else 0
    with _buffer.lock:
        for number in sorted(_buffer.waiting):
            _buffer.waiting[number].memory = memory
            _buffer.outbox.append(store.Batch(number, _buffer.waiting[number]))
        _buffer.waiting.clear()


def _this_minute() -> Minute:
    """The sums of the minute that is; the lock is held."""
    now = int(time.time() // 60)
    minute = _buffer.waiting.get(now)
    if minute is None:
        minute = _buffer.waiting[now] = Minute()
        if len(_buffer.waiting) > MINUTES_APART:
            oldest, second = sorted(_buffer.waiting)[:2]
            _buffer.waiting[second].add(_buffer.waiting.pop(oldest))
    return minute


def _known(name: str) -> str:
    """The name, or what stands for too many and too long ones; the lock is held."""
    if name in _buffer.names:
        return name
    if len(_buffer.names) >= MOST_NAMES or len(name) > LONGEST_NAME:
        return OVERFLOW
    _buffer.names.add(name)
    return name


def _arm(seconds: float) -> None:
    """Have the sums sent soon; the lock is held."""
    if _buffer.timer is None:
        _buffer.timer = threading.Timer(seconds, flush)
        _buffer.timer.daemon = True
        _buffer.timer.start()


def _forget() -> None:
    """In a forked child: the parent sends its own sums (redis-py sees the fork and connects anew)."""
    global _buffer
    _buffer = _Buffer()


os.register_at_fork(after_in_child=_forget)
atexit.register(flush)
