"""What all processes counted and clocked, as it stands now."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

import redis

from perf.metrics import store
from perf.metrics.buffer import settled
from perf.metrics.sketch import Bins, merged, percentile
from perf.metrics.sums import CALLS, ERRORS, MICROSECONDS

HISTORY_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Reading:
    """Sums by name, ever and in the last hour; ``is_live`` is False when Redis did not answer."""

    total: dict[str, int]
    last_hour: dict[str, int]
    is_live: bool


@dataclass(frozen=True, slots=True)
class Recent:
    """An operation over the last minutes; milliseconds, and the largest process that called it in MB."""

    calls: int
    errors: int
    total_ms: float
    max_ms: float
    memory_mb: float
    bins: Bins = field(repr=False)

    def percentile(self, share: float) -> float:
        """Milliseconds that ``share`` (0 to 1) of the calls did not exceed."""
        return min(percentile(self.bins, share), self.max_ms)


def read() -> Reading:
    """The sums of all processes, and what this one has not sent yet."""
    now = minute_now()
    with settled() as own:
        try:
            ever, hour = store.counts_of(range(now - HISTORY_MINUTES + 1, now + 1))
        except redis.RedisError:
            return Reading(dict(own), {}, is_live=False)
    return Reading(dict(own + ever), dict(own + hour), is_live=True)


def read_operations(minutes: int = 5) -> dict[str, Recent]:
    """Operations of the last ``minutes``, the running one included, by name; none when Redis does not answer.

    For live figures; what is older than ``store.KEPT_MINUTES`` is in ``OperationMinute``.
    """
    now = minute_now()
    try:
        stored = store.minutes_of(range(now - minutes + 1, now + 1))
    except redis.RedisError:
        return {}
    names = {name for minute in stored for name in minute.bins}
    return {name: _recent(name, stored) for name in sorted(names)}


def read_gauges() -> dict[str, float]:
    """What each gauge shows now (in the last minute), by name; none when Redis does not answer."""
    try:
        return store.last_gauges()
    except redis.RedisError:
        return {}


def minute_now() -> int:
    """The number of this minute since 1970."""
    return int(time.time() // 60)


def _recent(name: str, stored: list[store.Stored]) -> Recent:
    counts: Counter[str] = Counter()
    for minute in stored:
        counts.update({part: minute.counts.get(name + part, 0) for part in (CALLS, ERRORS, MICROSECONDS)})
    return Recent(
        calls=counts[CALLS],
        errors=counts[ERRORS],
        total_ms=counts[MICROSECONDS] / 1000,
        max_ms=max(minute.longest(name) for minute in stored) / 1000,
        memory_mb=max(minute.memory(name) for minute in stored) / 1e6,
        bins=merged(minute.bins.get(name, {}) for minute in stored),
    )
