"""How figures went over runs that are alike, and two runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from perf.benchmarks.machine import spin_ratio
from perf.benchmarks.plots import Point, strip, trend
from perf.benchmarks.references import like
from perf.benchmarks.report import in_order, number
from perf.benchmarks.statistics import Summary, band, compare
from perf.models import BenchmarkRun

_FIELDS = tuple(Summary.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Trend:
    """A figure over the runs: what it is now, and its picture."""

    name: str
    last: str
    unit: str
    better: str
    plot: SafeString


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of two runs; ``verdict`` is "" where they do not differ beyond ``band``, and both are drawn alike."""

    name: str
    unit: str
    before: str
    after: str
    ratio: str
    band: str
    verdict: str
    plots: tuple[SafeString, SafeString] | None


def trends(name: str) -> list[Trend]:
    """Figures of the latest run of a benchmark that have a better side, over the runs like it."""
    latest = BenchmarkRun.objects.filter(name=name).order_by("-created_at").first()
    if latest is None:
        return []
    runs = list(reversed(like(name, latest.options, latest.machine)))
    return [
        _trend(figure_name, figure, runs)
        for figure_name, figure in in_order(latest.figures).items()
        if figure["better"] != "neither"
    ]


def compared(before: BenchmarkRun, after: BenchmarkRun) -> list[Compared]:
    """Each figure that both have."""
    ratio = spin_ratio(before.machine, after.machine)
    return [
        _compared(name, before.figures[name], after.figures[name], ratio)
        for name in in_order(after.figures)
        if name in before.figures
    ]


def summary_of(figure: dict[str, Any]) -> Summary:
    """A stored figure, whichever version stored it."""
    known: dict[str, Any] = {"interval": (figure["low"], figure["high"]), "drift": 0.0} | figure
    return Summary(**{name: known[name] for name in _FIELDS if name in known})


def _trend(name: str, figure: dict[str, Any], runs: Sequence[BenchmarkRun]) -> Trend:
    points = [_point(run, run.figures[name], run.changes.get(name)) for run in runs if name in run.figures]
    last = number(figure["median"])
    return Trend(name, last, figure["unit"], figure["better"], trend(points, f"{name}: {last} {figure['unit']}"))


def _point(run: BenchmarkRun, figure: dict[str, Any], change: dict[str, Any] | None) -> Point:
    verdict = change["verdict"] if change else ""
    words = f"{localtime(run.created_at):%Y-%m-%d %H:%M}: {number(figure['median'])} ± {number(figure['noise'])}"
    return Point(run.created_at, figure["median"], figure["noise"], words, verdict == "worse", verdict == "better")


def _compared(name: str, before: dict[str, Any], after: dict[str, Any], spin: float) -> Compared:
    now = summary_of(after)
    change = compare(before, now, spin=spin)
    has_side = after["better"] != "neither" and before["unit"] == after["unit"]
    return Compared(
        name=name,
        unit=after["unit"],
        before=number(before["median"]),
        after=number(after["median"]),
        ratio=f"{after['median'] / before['median']:.2f}" if before["median"] else "",
        band=f"± {number(band(before, now, spin=spin))}" if has_side else "",
        verdict=change["verdict"] if change else "",
        plots=_plots(name, before, after) if has_side else None,
    )


def _plots(name: str, before: dict[str, Any], after: dict[str, Any]) -> tuple[SafeString, SafeString]:
    return (
        strip(before["values"], before["median"], before["noise"], f"{name}, 1", after["median"]),
        strip(after["values"], after["median"], after["noise"], f"{name}, 2", before["median"]),
    )
