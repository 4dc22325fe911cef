"""What a benchmark is, and the list of those there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum

from django.utils.module_loading import autodiscover_modules


class Better(StrEnum):
    """Which way a figure improves; ``NEITHER`` for those that only explain the others."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value."""

    value: float
    unit: str
    better: Better = Better.NEITHER


Figures = Mapping[str, Figure]
Measure = Callable[[], Figures]


@dataclass(frozen=True, slots=True)
class Options:
    """What the person at the keyboard chose; ``rows`` None leaves the size to the benchmark."""

    rows: int | None = None
    workers: int = 2


Body = Callable[[Options], AbstractContextManager[Measure]]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A registered benchmark: ``repeats`` measurements after ``warmups`` that do not count."""

    name: str
    summary: str
    body: Body
    repeats: int
    warmups: int


class UnknownBenchmarkError(LookupError):
    """There is no benchmark of that name."""


class BenchmarkRefusedError(RuntimeError):
    """Measuring now would say nothing; the message says what to do first."""


_benchmarks: dict[str, Benchmark] = {}


def benchmark(name: str, summary: str, *, repeats: int = 5, warmups: int = 1) -> Callable[[Body], Body]:
    """Register a benchmark under its name."""

    def register(body: Body) -> Body:
        _benchmarks[name] = Benchmark(name, summary, body, repeats, warmups)
        return body

    return register


def all_benchmarks() -> list[Benchmark]:
    """Every registered benchmark, by name."""
    autodiscover_modules("benchmarks")
    return [_benchmarks[name] for name in sorted(_benchmarks)]


def find(name: str) -> Benchmark:
    """The benchmark of that name; raises ``UnknownBenchmarkError`` naming those there are."""
    known = {each.name: each for each in all_benchmarks()}
    if name not in known:
        raise UnknownBenchmarkError(f"There is no benchmark {name!r}; there are: {', '.join(known) or 'none'}.")
    return known[name]


def milliseconds(seconds: float) -> Figure:
    """A duration as a figure, lower being better."""
    return Figure(seconds * 1000, "ms", Better.LOWER)


def rate(number: float, seconds: float, unit: str) -> Figure:
    """So many in so many seconds, higher being better; ``unit`` like ``rows/s``."""
    return Figure(number / seconds if seconds else 0.0, unit, Better.HIGHER)


def share(part: float, whole: float) -> Figure:
    """A part of the whole in per cent."""
    return Figure(100 * part / whole if whole else 0.0, "%")
