"""Worlds whose best settings are known: what is counted in a stretch follows from the knobs, with noise."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from perf.tuning.hints import by_cpu, by_latency
from perf.tuning.rules import Pace
from perf.tuning.search import Standing
from perf.tuning.signals import Measure, Stretch

PACE = Pace(settle=10, window=30, cool_down=900)
SAMPLE = 5.0


@dataclass
class Provider:
    """Calls take base + each x texts + crowd x texts squared seconds, and longer when more than it bears come."""

    base: float = 0.25
    each: float = 0.004
    crowd: float = 0.0006
    bears: int = 12
    backlog: int = 2000
    noise: float = 0.03
    seed: int = 1

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def latency(self, size: float, at_once: float) -> float:
        crowded = max(1.0, at_once / self.bears) ** 2
        return float((self.base + self.each * size + self.crowd * size**2) * crowded)

    def speed(self, size: float, at_once: float) -> float:
        """Texts a second, without noise."""
        return at_once * size / self.latency(size, at_once)

    def best(self) -> float:
        """The highest speed of any two settings."""
        return max(self.speed(size, at_once) for size in range(5, 51) for at_once in range(2, 21))

    def stretch(self, now: float, values: Mapping[str, float]) -> Stretch:
        size, at_once = values["batch_size"], values["worker_threads"]
        spread = self.dice.gauss(1.0, self.noise)
        latency = self.latency(size, at_once) * max(0.5, spread)
        calls = max(1.0, at_once * SAMPLE / latency)
        waiting = max(0.0, self.backlog / size - at_once) * SAMPLE
        sums = {
            "provider.calls": calls, "provider.answered": calls * size, "provider.us": calls * latency * 1e6,
            "pipeline.waiting.us": waiting * 1e6, "batches.sent": calls, "batches.full": calls,
        }  # fmt: skip
        return Stretch(now, SAMPLE, sums, cpu=0.5, memory=0.4)


def standings(batch_size: float, worker_threads: float) -> dict[str, Standing]:
    return {
        "batch_size": Standing(batch_size, 5, 50, 5),
        "worker_threads": Standing(worker_threads, 2, 20, 2),
    }


def times(minutes: float) -> list[float]:
    """A look every five seconds."""
    return [1_000_000 + SAMPLE * step for step in range(int(minutes * 60 / SAMPLE))]


def measures() -> dict[str, Measure]:
    """Those of the product for a provider."""
    from analysis.knobs import read_batches, read_calls

    return {
        "batch_size": Measure("batch_size", read_batches, by_latency, ""),
        "worker_threads": Measure("worker_threads", read_calls, by_cpu, "", cheaper=-1),
    }
