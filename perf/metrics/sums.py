"""The sums of one minute in one process."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from perf.metrics.sketch import Bins

#: What a clocked operation adds up under its name: calls, microseconds, failures.
CALLS, MICROSECONDS, ERRORS = ".calls", ".us", ".errors"


@dataclass(slots=True)
class Clocked:
    """Calls of one operation: ``us`` in all, ``longest`` of one (microseconds), and the sketch."""

    calls: int = 0
    errors: int = 0
    us: int = 0
    longest: int = 0
    bins: Bins = field(default_factory=dict)

    def add(self, us: int, number: int, failed: bool) -> None:
        """One call, whose duration falls into bin ``number``."""
        self.calls += 1
        self.us += us
        self.errors += failed
        if us > self.longest:
            self.longest = us
        self.bins[number] = self.bins.get(number, 0) + 1

    def merge(self, other: Clocked) -> None:
        """The calls of both."""
        self.calls += other.calls
        self.errors += other.errors
        self.us += other.us
        self.longest = max(self.longest, other.longest)
        for number, calls in other.bins.items():
            self.bins[number] = self.bins.get(number, 0) + calls


@dataclass(slots=True)
class Gauged:
    """What one gauge showed."""

    samples: int = 0
    total: float = 0.0
    low: float = float("inf")
    high: float = float("-inf")
    last: float = 0.0

    def add(self, value: float) -> None:
        """One look."""
        self.samples += 1
        self.total += value
        self.low = min(self.low, value)
        self.high = max(self.high, value)
        self.last = value

    def merge(self, later: Gauged) -> None:
        """The looks of both, of which ``later`` came after."""
        self.samples += later.samples
        self.total += later.total
        self.low = min(self.low, later.low)
        self.high = max(self.high, later.high)
        self.last = later.last


@dataclass(slots=True)
class Minute:
    """``memory``: bytes that the process held when the sums were taken."""

    counts: Counter[str] = field(default_factory=Counter)
    clocks: dict[str, Clocked] = field(default_factory=dict)
    gauges: dict[str, Gauged] = field(default_factory=dict)
    memory: int = 0

    def clock(self, operation: str) -> Clocked:
        """The calls of an operation, none yet if it is new."""
        clock = self.clocks.get(operation)
        if clock is None:
            clock = self.clocks[operation] = Clocked()
        return clock

    def add(self, earlier: Minute) -> None:
        """Take in the sums of an earlier minute."""
        self.counts.update(earlier.counts)
        for operation, clock in earlier.clocks.items():
            self.clock(operation).merge(clock)
        for name, gauge in earlier.gauges.items():
            if name in self.gauges:
                gauge.merge(self.gauges[name])
            self.gauges[name] = gauge

    def by_name(self) -> Counter[str]:
        """Counters, and three sums an operation."""
        sums = Counter(self.counts)
        for operation, clock in self.clocks.items():
            sums[operation + CALLS] += clock.calls
            sums[operation + MICROSECONDS] += clock.us
            if clock.errors:
                sums[operation + ERRORS] += clock.errors
        return sums
