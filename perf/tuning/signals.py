"""What is measured for which knob: sums of counters over a few seconds become a score, a load and some figures.

Whoever declares a knob registers its :class:`Measure`. Where the sums come from is a :class:`Signals`: the live
counters of all processes, the minutes of the last day, or a model in a test.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import psutil
from django.utils.functional import Promise

from perf import metrics
from perf.tuning.hints import Figures, Hint
from perf.tuning.samples import Sample

_MOST_STRETCHES = 400


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was counted in the ``seconds`` before ``at`` (Unix seconds); ``cpu`` and ``memory`` are 0 to 1."""

    at: float
    seconds: float
    sums: Mapping[str, float]
    cpu: float
    memory: float

    def sum(self, name: str) -> float:
        """How often, or how much, something was counted."""
        return self.sums.get(name, 0.0)


@dataclass(frozen=True, slots=True)
class Measure:
    """How one knob's effect is seen.

    ``read`` makes a sample of a stretch, None when there was too little to tell anything. ``cheaper`` is the direction
    that is kept when it makes no difference, 0 for none. ``score`` says in words what the score counts.
    """

    knob: str
    read: Callable[[Stretch], Sample | None]
    hint: Callable[[Figures], Hint]
    score: str | Promise
    cheaper: int = 0


_measures: dict[str, Measure] = {}


def measure(one: Measure) -> Measure:
    """Have the tuner look after a knob; called where apps get ready."""
    _measures[one.knob] = one
    return one


def measures() -> Mapping[str, Measure]:
    """By the name of the knob."""
    return _measures


class Signals(Protocol):
    """Where stretches come from."""

    def stretches(self) -> Sequence[Stretch]:
        """The last ones, oldest first, up to now."""
        ...


class LiveSignals:
    """The counters of all processes, as they grow; each call adds the stretch since the last one."""

    def __init__(self) -> None:
        self._kept: deque[Stretch] = deque(maxlen=_MOST_STRETCHES)
        self._before: tuple[float, Mapping[str, int], tuple[float, float]] | None = None

    def stretches(self) -> Sequence[Stretch]:
        """Those that this process has seen, one more each time; none while Redis does not answer."""
        reading = metrics.read()
        if not reading.is_live:
            self._before = None
            return list(self._kept)
        now = (time.time(), reading.total, _processor())
        if self._before is not None:
            stretch = _between(self._before, now)
            if stretch is not None:
                self._kept.append(stretch)
        self._before = now
        return list(self._kept)


Reading = tuple[float, Mapping[str, int], tuple[float, float]]


def _between(before: Reading, now: Reading) -> Stretch | None:
    """None when counters went backwards (Redis was emptied) or no time has passed."""
    seconds = now[0] - before[0]
    sums = {name: float(n - before[1].get(name, 0)) for name, n in now[1].items()}
    if seconds <= 0 or any(n < 0 for n in sums.values()) or before[1].keys() - now[1].keys():
        return None
    busy, every = now[2][0] - before[2][0], now[2][1] - before[2][1]
    cpu = min(1.0, max(0.0, busy / every)) if every > 0 else 0.0
    return Stretch(now[0], seconds, sums, cpu, psutil.virtual_memory().percent / 100)


def _processor() -> tuple[float, float]:
    """Seconds that the machine's processors worked, and all seconds they had."""
    times = psutil.cpu_times()
    every = float(sum(times[:8]))
    return every - times.idle - getattr(times, "iowait", 0.0), every
