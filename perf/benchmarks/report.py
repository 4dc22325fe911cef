"""A run as a table for the terminal and as plain data."""

from __future__ import annotations

from typing import Any

from perf.models import BenchmarkRun

_WIDTHS = (42, 14, 12, 10)


def as_json(run: BenchmarkRun) -> dict[str, Any]:
    """Everything that is known of a run."""
    return {
        "name": run.name,
        "run_at": run.created_at.isoformat(),
        "options": run.options,
        "machine": run.machine,
        "repeats": run.repeats,
        "seconds": run.seconds,
        "figures": run.figures,
        "compared_with": str(run.compared_with_id) if run.compared_with_id else None,
        "changes": run.changes,
    }


def as_table(run: BenchmarkRun) -> str:
    """Name, median, noise and what changed since the run before, one figure a line."""
    machine = run.machine
    lines = [
        f"{run.name}: {run.repeats} measurement(s) in {run.seconds:.1f} s",
        f"{machine['processor']}, {machine['cores']} core(s), {machine['memory_mb']} MB, "
        f"PostgreSQL {machine['postgresql']}, Python {machine['python']}, load before {machine['load_before']}",
        _line("figure", "median", "± noise", "", "since the last run"),
    ]
    for name, figure in run.figures.items():
        noise = f"± {number(figure['noise'])}" if figure["better"] != "neither" else ""
        lines.append(_line(name, number(figure["median"]), noise, figure["unit"], _change(run, name)))
    if run.compared_with is None:
        lines.append("No earlier run with these options on this machine to compare with.")
    elif not run.changes:
        lines.append(f"No difference from the run of {run.compared_with.created_at:%Y-%m-%d %H:%M} beyond noise.")
    return "\n".join(lines)


def number(value: float) -> str:
    """Three figures that count, thousands set apart."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def _change(run: BenchmarkRun, name: str) -> str:
    change = run.changes.get(name)
    if change is None:
        return ""
    return f"{change['verdict']}: {number(change['before'])} -> {number(change['after'])}"


def _line(name: str, median: str, noise: str, unit: str, change: str) -> str:
    a, b, c, d = _WIDTHS
    return f"  {name:<{a}}{median:>{b}}{noise:>{c}}  {unit:<{d}} {change}".rstrip()
