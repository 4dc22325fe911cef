"""The customer's rules of thumb: which way a knob may want to go. The score decides whether it was right.

A hint is +1 (up), -1 (down) or 0 (neither), with the code of its reason (``perf.tuning.words``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

SLOW_MS, FAST_MS = 1000.0, 200.0
BUSY_CPU, IDLE_CPU = 0.8, 0.3
LOW_HITS, HIGH_HITS = 0.5, 0.95
LONG_WAIT_MS, LOW_USE = 5.0, 0.3

Figures = Mapping[str, float]


class Hint(NamedTuple):
    """Which way, and why."""

    direction: int
    reason: str


NEITHER = Hint(0, "explore")


def by_latency(figures: Figures) -> Hint:
    """``latency_ms`` of a call: over a second, ask for less at a time; under a fifth of a second, for more."""
    latency = figures.get("latency_ms")
    if latency is None or FAST_MS <= latency <= SLOW_MS:
        return NEITHER
    return Hint(-1, "slow_calls") if latency > SLOW_MS else Hint(1, "fast_calls")


def by_cpu(figures: Figures) -> Hint:
    """``cpu`` of the machine, 0 to 1: above 0.8 do less at once, below 0.3 more."""
    cpu = figures.get("cpu")
    if cpu is None or IDLE_CPU <= cpu <= BUSY_CPU:
        return NEITHER
    return Hint(-1, "busy_cpu") if cpu > BUSY_CPU else Hint(1, "idle_cpu")


def by_hits(figures: Figures) -> Hint:
    """``hit_ratio`` of a cache, 0 to 1: keep longer what is asked for again too late, shorter what is hit anyway."""
    ratio = figures.get("hit_ratio")
    if ratio is None or LOW_HITS <= ratio <= HIGH_HITS:
        return NEITHER
    return Hint(1, "few_hits") if ratio < LOW_HITS else Hint(-1, "many_hits")


def by_waiting(figures: Figures) -> Hint:
    """``wait_ms`` for a connection, share of the pool in ``use``: grow where many wait, shrink where few use it."""
    if figures.get("wait_ms", 0.0) > LONG_WAIT_MS:
        return Hint(1, "connections_awaited")
    return Hint(-1, "connections_idle") if figures.get("use", 1.0) < LOW_USE else NEITHER
