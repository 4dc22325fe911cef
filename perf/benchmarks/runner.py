"""Runs a benchmark, keeps the run, and compares it with the last one like it, or with the one that was named."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from perf.benchmarks.machine import facts, spin, spin_ratio, spun
from perf.benchmarks.references import Reference, last_like
from perf.benchmarks.registry import Benchmark, Figures, Measure, Options
from perf.benchmarks.statistics import Summary, compare, summarise_figures
from perf.models import BenchmarkRun

Tell = Callable[[str], None]


def run(
    benchmark: Benchmark,
    options: Options,
    *,
    repeats: int | None = None,
    against: Reference | None = None,
    deadline: float | None = None,
    tell: Tell = lambda _: None,
) -> BenchmarkRun:
    """Measure ``repeats`` times (the benchmark's own number if None), and return the saved run.

    Args:
        against: what it is compared with; None for the last run of equal options on an equal machine.
        deadline: seconds of ``time.monotonic`` after which no further measurement begins; one is made in any case.
    """
    options = benchmark.chosen(options)
    repeats = repeats or benchmark.times(options)
    machine = facts()
    started, before = time.perf_counter(), spin()
    with _quiet(), benchmark.body(options) as measure:
        for _warmup in range(benchmark.warmups):
            measure()
        rounds = _rounds(measure, repeats, deadline, lambda n: tell(f"{benchmark.name}: {n} of {repeats}"))
    machine |= spun(before, spin())
    summaries = _summaries(rounds)
    chosen = asdict(options)
    reference = against or last_like(benchmark.name, chosen, machine)
    return BenchmarkRun.objects.create(
        name=benchmark.name,
        options=chosen,
        machine=machine,
        repeats=len(rounds),
        seconds=time.perf_counter() - started,
        # The database sorts the names in its own way; ``place`` keeps the order in which they were measured.
        figures={name: summary.as_json() | {"place": n} for n, (name, summary) in enumerate(summaries.items())},
        compared_with=reference.run if reference else None,
        against=reference.label if reference else "",
        changes=_changes(reference, summaries, machine) if reference else {},
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """No line on the terminal for each request that is made in this process."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.setLevel(level)


def missed(run: BenchmarkRun) -> list[str]:
    """Figures that are below what was wanted of them, and by how much."""
    return [
        f"{name}: {figure['median']:.0f} {figure['unit']}, not {figure['target']:.0f}"
        for name, figure in run.figures.items()
        if figure.get("target") is not None and figure["median"] < figure["target"]
    ]


def worse(run: BenchmarkRun) -> list[str]:
    """Figures that got worse beyond the noise."""
    return [name for name, change in run.changes.items() if change["verdict"] == "worse"]


def _rounds(measure: Measure, repeats: int, deadline: float | None, tell: Callable[[int], None]) -> list[Figures]:
    rounds: list[Figures] = []
    while len(rounds) < repeats:
        rounds.append(measure())
        tell(len(rounds))
        if deadline is not None and time.monotonic() > deadline:
            break
    return rounds


def _summaries(rounds: list[Figures]) -> dict[str, Summary]:
    return {name: summarise_figures([each[name] for each in rounds]) for name in rounds[0]}


def _changes(reference: Reference, now: dict[str, Summary], machine: dict[str, Any]) -> dict[str, object]:
    ratio = spin_ratio(reference.machine, machine)
    found = {
        name: compare(reference.figures[name], summary, history=reference.history.get(name, ()), spin=ratio)
        for name, summary in now.items()
        if name in reference.figures
    }
    return {name: change for name, change in found.items() if change is not None}
