"""The tuner at work: from the smallest and from the largest batches to the size that this provider likes best.

The provider's answers take longer the more texts a call holds, and much longer beyond some: the best size is known from
a sweep of fixed ones, made in the same run. Everything is real but the hurry: windows of seconds, not of minutes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from statistics import median

from django.db import connection
from django.test import override_settings

from analysis.benchmarks.files import distinct_texts
from analysis.benchmarks.network import Network, ask_all, network
from analysis.knobs import BATCH_SIZE
from analysis.routing.answers import key_of
from perf import tunables
from perf.benchmarks.registry import Better, Figure, Figures, Measure, Options, benchmark
from perf.models import Tunable, Tuner, TuningDecision, TuningMode
from perf.tunables import following
from perf.tunables.rows import ensure_rows
from perf.tuning.loop import tune
from perf.tuning.signals import LiveSignals, measures

BASE, EACH, CROWD = 0.3, 0.003, 0.00075  # seconds: best are about twenty texts a call
FIXED = (5, 10, 15, 20, 25, 30, 40, 50)
CORNERS = (5, 50)
NEAR = 0.9
AT_ONCE = 8
TEXTS = 600
"""Handed over at a time, whatever the size of the calls: the load is the same for all."""
_LOOK_SECONDS, _FIXED_SECONDS, _RUN_SECONDS = 1.0, 6.0, 90.0
_PACE = {"TUNER_SETTLE_SECONDS": 3.0, "TUNER_INTERVAL_SECONDS": 5.0, "TUNER_COOL_DOWN_SECONDS": 600.0}
_COLUMNS = ("value", "mode", "is_set", "is_frozen", "low", "high", "memory")


@benchmark("tuning", "the tuner from the worst batch sizes towards the best", repeats=1, warmups=0)
@contextmanager
def tuning(options: Options) -> Iterator[Measure]:
    """Yield the measurement; ``options.rows`` are seconds of each run."""
    seconds = float(options.rows or _RUN_SECONDS)
    with network(BASE, EACH, CROWD) as ground, _own_knobs(), override_settings(**_PACE):

        def measure() -> Figures:
            speeds = {size: _fixed(ground, size) for size in FIXED}
            best = max(speeds, key=speeds.__getitem__)
            figures = {f"fixed at {size}": _speed(speed) for size, speed in speeds.items()}
            figures["best fixed size"] = Figure(best, "texts")
            for corner in CORNERS:
                figures |= _from_corner(ground, corner, speeds, seconds)
            return figures

        yield measure


def _from_corner(ground: Network, corner: int, speeds: dict[int, float], seconds: float) -> Figures:
    trip = _tuned(ground, corner, seconds)
    reached, best = _fixed(ground, trip.end), max(speeds.values())
    near = [size for size, speed in speeds.items() if speed >= NEAR * best]
    first = next((number for number, value in enumerate(trip.values) if min(near) <= value <= max(near)), None)
    name = f"from {corner}"
    return {
        f"{name}: ends at": Figure(trip.end, "texts"),
        f"{name}: of the best fixed": Figure(100 * reached / best, "%", Better.HIGHER),
        f"{name}: turns until within a tenth": Figure(-1 if first is None else first, "turns", Better.LOWER),
        f"{name}: turns in all": Figure(len(trip.values) - 1, "turns"),
        f"{name}: taken back": Figure(trip.taken_back, "turns"),
    }


@dataclass(frozen=True, slots=True)
class _Trip:
    """The values that the knob had, one after the other."""

    values: list[int]
    taken_back: int

    @property
    def end(self) -> int:
        return self.values[-1]


def _tuned(ground: Network, corner: int, seconds: float) -> _Trip:
    """Let the tuner work for so long, from there."""
    TuningDecision.objects.filter(tunable__name=BATCH_SIZE, source__in=("tuner", "rollback")).delete()
    Tunable.objects.filter(name=BATCH_SIZE).update(value=corner, mode=TuningMode.AUTO, memory={})
    following.look()
    signals, stopped = LiveSignals(), threading.Event()
    traffic = threading.Thread(target=_traffic, args=(ground, stopped))
    traffic.start()
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(_LOOK_SECONDS)
            tune(signals)
            following.look()
    finally:
        stopped.set()
        traffic.join()
    turns = TuningDecision.objects.filter(tunable__name=BATCH_SIZE).order_by("decided_at")
    values = [corner, *(int(value) for value in turns.values_list("new", flat=True))]
    return _Trip(values, turns.filter(source="rollback").count())


def _traffic(ground: Network, stopped: threading.Event) -> None:
    """Texts without end, in batches as the knob says."""
    while not stopped.is_set():
        _ask(ground, int(tunables.value(BATCH_SIZE)))
    connection.close()


def _fixed(ground: Network, size: int) -> float:
    """The score of a fixed size: texts answered in each second that calls take."""
    signals = LiveSignals()
    signals.stretches()
    end = time.monotonic() + _FIXED_SECONDS
    while time.monotonic() < end:
        _ask(ground, size)
        signals.stretches()
    samples = [measures()[BATCH_SIZE].read(stretch) for stretch in signals.stretches()]
    return median(sample.score for sample in samples if sample is not None)


def _ask(ground: Network, size: int) -> None:
    """Have some texts answered, in calls of that size."""
    ask_all(ground.use(batch_size=size, at_once=AT_ONCE), _texts())


@cache
def _texts() -> dict[str, str]:
    return {key_of(text): text for text in distinct_texts(TEXTS)}


@contextmanager
def _own_knobs() -> Iterator[None]:
    """The knobs are this run's; afterwards they stand as they stood, and the history has nothing of it."""
    ensure_rows()
    before = list(Tunable.objects.values("pk", *_COLUMNS))
    began = set(TuningDecision.objects.values_list("pk", flat=True))
    was_stopped = Tuner.objects.filter(is_stopped=True).update(is_stopped=False)
    Tunable.objects.update(mode=TuningMode.OFF)
    try:
        yield
    finally:
        TuningDecision.objects.exclude(pk__in=began).delete()
        for row in before:
            Tunable.objects.filter(pk=row.pop("pk")).update(**row)
        Tuner.objects.filter(pk=Tuner.ONLY).update(is_stopped=bool(was_stopped))
        following.look()


def _speed(value: float) -> Figure:
    return Figure(value, "texts/s of calls", Better.HIGHER)
