"""Runs as a page that works from the disk: no script, nothing loaded from anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from perf.benchmarks.machine import is_busy
from perf.benchmarks.plots import strip
from perf.benchmarks.report import change_text, in_order, machine_line, number
from perf.models import BenchmarkRun


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of a run, ready to be shown."""

    name: str
    median: str
    unit: str
    noise: str
    span: str
    plot: SafeString
    verdict: str
    change: str
    target: str
    is_missed: bool
    why: str


def rows_of(run: BenchmarkRun) -> list[Row]:
    """The figures in the order in which they were measured."""
    return [_row(name, figure, run.changes.get(name)) for name, figure in in_order(run.figures).items()]


def report(
    runs: Sequence[BenchmarkRun], *, failed: Mapping[str, str] | None = None, left_out: Sequence[str] = ()
) -> str:
    """The whole page."""
    context = {
        "runs": [
            {
                "run": each,
                "rows": rows_of(each),
                "machine": machine_line(each.machine),
                "is_busy": is_busy(each.machine),
            }
            for each in runs
        ],
        "failed": dict(failed or {}),
        "left_out": left_out,
        "made_at": timezone.localtime(),
        "seconds": sum(each.seconds for each in runs),
    }
    return render_to_string("perf/benchmarks/report.html", context)


def _row(name: str, figure: dict[str, Any], change: dict[str, Any] | None) -> Row:
    has_side, target = figure["better"] != "neither", figure.get("target")
    is_missed = target is not None and figure["median"] < target
    label = f"{name}: {number(figure['median'])} {figure['unit']}"
    return Row(
        name=name,
        median=number(figure["median"]),
        unit=figure["unit"],
        noise=f"± {number(figure['noise'])}" if has_side else "",
        span=f"{number(figure['low'])} … {number(figure['high'])}",
        plot=strip(
            figure["values"], figure["median"], figure["noise"], label, change["before"] if change else None
        ) if len(figure["values"]) > 1 else SafeString(),
        verdict=change["verdict"] if change else "",
        change=change_text(change) if change else "",
        target="" if target is None else f"{target:g}",
        is_missed=is_missed,
        why=figure.get("why", "") if is_missed else "",
    )  # fmt: skip
