"""A run as a table for the terminal and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from perf.benchmarks.machine import is_busy
from perf.models import BenchmarkRun

_WIDTHS = (50, 12, 12, 10)


def as_json(run: BenchmarkRun) -> dict[str, Any]:
    """Everything that is known of a run."""
    return {
        "id": str(run.pk),
        "name": run.name,
        "run_at": run.created_at.isoformat(),
        "options": run.options,
        "machine": run.machine,
        "repeats": run.repeats,
        "seconds": run.seconds,
        "figures": in_order(run.figures),
        "compared_with": str(run.compared_with_id) if run.compared_with_id else None,
        "against": run.against,
        "changes": run.changes,
    }


def in_order(figures: dict[str, Any]) -> dict[str, Any]:
    """Figures in the order in which they were measured; those of older versions by name."""
    return dict(sorted(figures.items(), key=lambda item: (item[1].get("place", 0), item[0])))


def to_json(runs: Sequence[BenchmarkRun]) -> bytes:
    """Runs as a file that ``--against`` reads."""
    return orjson.dumps([as_json(each) for each in runs], option=orjson.OPT_INDENT_2)


def as_table(run: BenchmarkRun) -> str:
    """Name, median, noise and what changed since the run before, one figure a line."""
    lines = [
        f"{run.name}: {run.repeats} measurement(s) in {run.seconds:.1f} s",
        machine_line(run.machine),
        _line("figure", "median", "± noise", "", "against the other run"),
    ]
    for name, figure in in_order(run.figures).items():
        noise = f"± {number(figure['noise'])}" if figure["better"] != "neither" else ""
        remarks = [part for part in (_target(figure), _change(run, name), _drift(figure)) if part]
        lines.append(_line(name, number(figure["median"]), noise, figure["unit"], "; ".join(remarks)))
    return "\n".join([*lines, *_reasons(run), *_judgement(run)])


def machine_line(machine: dict[str, Any]) -> str:
    """The machine in one line, and a warning where it was busy."""
    line = (
        f"{machine.get('processor', '?')}, {machine.get('cores', '?')} core(s), {machine.get('memory_mb', '?')} MB, "
        f"PostgreSQL {machine.get('postgresql', '?')}, Python {machine.get('python', '?')}, "
        f"load before {machine.get('load_before', '?')}"
    )
    if is_busy(machine):
        waited = 100 * machine["waited"]
        line += (
            f"\nThe machine was busy with other things: the same work waited {waited:.0f} % of its time. Trust ratios."
        )
    return line


def number(value: float) -> str:
    """Three figures that count, thousands set apart."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def change_text(change: dict[str, Any]) -> str:
    """``worse: 100 -> 150 (x 1.50)``"""
    ratio = f" (x {change['ratio']:.2f})" if change.get("ratio") else ""
    return f"{change['verdict']}: {number(change['before'])} -> {number(change['after'])}{ratio}"


def _target(figure: dict[str, Any]) -> str:
    target = figure.get("target")
    if target is None:
        return ""
    gap = figure["median"] - target
    return f"target {target:g}: " + ("met" if gap >= 0 else f"missed by {number(-gap)}")


def _reasons(run: BenchmarkRun) -> list[str]:
    """Why what was wanted is not there."""
    return [
        f"  {name}: {figure['why']}"
        for name, figure in run.figures.items()
        if figure.get("target") is not None and figure["median"] < figure["target"] and figure.get("why")
    ]


def _drift(figure: dict[str, Any]) -> str:
    moved = figure.get("drift")
    return f"moved steadily by {100 * moved:+.0f} % during the run" if moved else ""


def _change(run: BenchmarkRun, name: str) -> str:
    change = run.changes.get(name)
    return change_text(change) if change else ""


def _judgement(run: BenchmarkRun) -> list[str]:
    if not run.against:
        return ["No earlier run with these options on this machine to compare with."]
    return [] if run.changes else [f"No difference from {run.against} beyond noise."]


def _line(name: str, median: str, noise: str, unit: str, change: str) -> str:
    a, b, c, d = _WIDTHS
    return f"  {name:<{a}}{median:>{b}}{noise:>{c}}  {unit:<{d}} {change}".rstrip()
