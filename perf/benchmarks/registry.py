"""What a benchmark is, and the list of those there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from enum import StrEnum

from django.utils.module_loading import autodiscover_modules


class Better(StrEnum):
    """Which way a figure improves; ``NEITHER`` for those that only explain the others."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. ``target``: the least it has to be, else the run has failed; ``why``: what bounds it."""

    value: float
    unit: str
    better: Better = Better.NEITHER
    target: float | None = None
    why: str = ""


Figures = Mapping[str, Figure]
Measure = Callable[[], Figures]


@dataclass(frozen=True, slots=True)
class Options:
    """What somebody chose; ``rows`` None leaves the size to the benchmark, which ``quick`` wants small."""

    rows: int | None = None
    workers: int = 2
    quick: bool = False


Body = Callable[[Options], AbstractContextManager[Measure]]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A registered benchmark: ``repeats`` measurements after ``warmups`` that do not count.

    ``quick_rows`` and ``quick_repeats`` are its size where all are run within minutes; None leaves it as it is. The
    ``first`` ones come before the others.
    """

    name: str
    summary: str
    body: Body
    repeats: int
    warmups: int
    quick_rows: int | None = None
    quick_repeats: int | None = None
    first: bool = False

    def chosen(self, options: Options) -> Options:
        """The options with the size of a quick run, where one is wanted and nobody named another size."""
        rows = options.rows or (self.quick_rows if options.quick else None)
        return replace(options, rows=rows)

    def times(self, options: Options) -> int:
        """How often it is measured unless somebody says otherwise."""
        return (options.quick and self.quick_repeats) or self.repeats


class UnknownBenchmarkError(LookupError):
    """There is no benchmark of that name."""


class BenchmarkRefusedError(RuntimeError):
    """Measuring now would say nothing; the message says what to do first."""


_benchmarks: dict[str, Benchmark] = {}


def benchmark(
    name: str,
    summary: str,
    *,
    repeats: int = 5,
    warmups: int = 1,
    quick_rows: int | None = None,
    quick_repeats: int | None = None,
    first: bool = False,
) -> Callable[[Body], Body]:
    """Register a benchmark under its name; see ``Benchmark`` for what the others mean."""

    def register(body: Body) -> Body:
        _benchmarks[name] = Benchmark(name, summary, body, repeats, warmups, quick_rows, quick_repeats, first)
        return body

    return register


def all_benchmarks() -> list[Benchmark]:
    """Every registered benchmark, those that come first before the others, each by name."""
    autodiscover_modules("benchmarks")
    return sorted(_benchmarks.values(), key=lambda each: (not each.first, each.name))


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
