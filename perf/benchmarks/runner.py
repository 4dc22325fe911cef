"""Runs a benchmark, keeps the run, and compares it with the last one like it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict

from perf.benchmarks.machine import facts, same_machine
from perf.benchmarks.registry import Benchmark, Figures, Options
from perf.benchmarks.statistics import Summary, compare, summarise
from perf.models import BenchmarkRun

Tell = Callable[[str], None]
_LOOK_BACK = 50


def run(
    benchmark: Benchmark, options: Options, *, repeats: int | None = None, tell: Tell = lambda _: None
) -> BenchmarkRun:
    """Measure ``repeats`` times (the benchmark's own number if None), and return the saved run."""
    repeats = repeats or benchmark.repeats
    machine = facts()
    started = time.perf_counter()
    with benchmark.body(options) as measure:
        for _warmup in range(benchmark.warmups):
            measure()
        rounds = []
        for number in range(repeats):
            rounds.append(measure())
            tell(f"{benchmark.name}: {number + 1} of {repeats}")
    summaries = _summaries(rounds)
    chosen = asdict(options)
    before = _last_like(benchmark.name, chosen, machine)
    return BenchmarkRun.objects.create(
        name=benchmark.name,
        options=chosen,
        machine=machine,
        repeats=repeats,
        seconds=time.perf_counter() - started,
        figures={name: summary.as_json() for name, summary in summaries.items()},
        compared_with=before,
        changes=_changes(before, summaries) if before else {},
    )


def _summaries(rounds: list[Figures]) -> dict[str, Summary]:
    first = rounds[0]
    return {
        name: summarise([each[name].value for each in rounds], figure.unit, figure.better)
        for name, figure in first.items()
    }


def _last_like(name: str, options: dict[str, object], machine: dict[str, object]) -> BenchmarkRun | None:
    latest = BenchmarkRun.objects.filter(name=name, options=options).order_by("-created_at")[:_LOOK_BACK]
    return next((each for each in latest if same_machine(each.machine, machine)), None)


def _changes(before: BenchmarkRun, now: dict[str, Summary]) -> dict[str, object]:
    found = {name: compare(before.figures[name], summary) for name, summary in now.items() if name in before.figures}
    return {name: change for name, change in found.items() if change is not None}
