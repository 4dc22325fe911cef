"""Figures of findings as pages draw them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from perf.models import Finding, StepKind

WIDTH, HEIGHT = 100, 20
_LEAST = 3


@dataclass(frozen=True, slots=True)
class Effect:
    """Before and after, with unit; ``how``: applied, tried, planned (by PostgreSQL with the index) or estimated."""

    before: float
    after: float
    unit: str
    how: str

    @property
    def factor(self) -> float:
        """How many times faster or cheaper."""
        return self.before / max(self.after, 0.001)

    @property
    def bar(self) -> str:
        """How wide what is left is drawn, of 100, as SVG reads it whatever the reader's language."""
        return f"{100 * min(1.0, self.after / self.before):.1f}" if self.before > 0 else "0"


def effect(finding: Finding) -> Effect | None:
    """The best that is known: measured when applied, when tried, else what the planner says."""
    for kind, how in ((StepKind.APPLY, "applied"), (StepKind.TRY, "tried")):
        measured = finding.measured.get(kind, {})
        if known := _of(measured, "ms", how) or _of(measured, "cost", how):
            return known
    if finding.cost_before is None or finding.cost_after is None:
        return None
    how = "planned" if finding.is_tried else "estimated"
    return Effect(finding.cost_before, finding.cost_after, "cost", how)


def _of(measured: dict[str, Any], unit: str, how: str) -> Effect | None:
    names = ("before_ms", "after_ms") if unit == "ms" else ("cost_before", "cost_after")
    before, after = (measured.get(name) for name in names)
    return None if before is None or after is None else Effect(before, after, unit, how)


def trend_points(trend: list[list[Any]]) -> str:
    """The time lost at each look as points of an SVG polyline, ``WIDTH`` by ``HEIGHT``; empty when there are few."""
    values = [float(lost) for _at, lost in trend]
    if len(values) < _LEAST:
        return ""
    top = max(values) or 1.0
    step = WIDTH / (len(values) - 1)
    return " ".join(
        f"{place * step:.1f},{HEIGHT - 1 - (HEIGHT - 2) * value / top:.1f}" for place, value in enumerate(values)
    )
