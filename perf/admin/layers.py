"""The page "Layers": what is on, what each layer is at now, and what it gained when that was measured last."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from perf.benchmarks.report import number
from perf.layers import Layer, Words, all_layers, improvement, last_measured
from perf.models import BenchmarkRun
from perf.pages import show


def layers_page(request: HttpRequest) -> HttpResponse:
    """For whoever may see benchmark runs; the view that calls it has made sure of that."""
    run = last_measured()
    context = {
        "title": _("Layers"),
        "run": run,
        "layers": [_layer(each, run) for each in all_layers()],
    }
    return show(request, "perf/layers.html", context)


def _layer(layer: Layer, run: BenchmarkRun | None) -> dict[str, Any]:
    gains = [_gain(run, layer, metric.name, metric.limits) for metric in layer.metrics]
    known = [gain for gain in gains if gain is not None]
    return {
        "layer": layer,
        "target": f"{layer.target:g}",
        "metrics": [
            {"metric": metric, "now": _now(metric.now()), "gain": gain}
            for metric, gain in zip(layer.metrics, gains, strict=True)
        ],
        "strategies": [
            {"strategy": each, "is_on": each.is_on(), "gain": _gain(run, layer, each.name)} for each in layer.strategies
        ],
        "is_met": bool(known) and all(gain["is_met"] for gain in known),
        "is_measured": bool(known),
    }


def _gain(run: BenchmarkRun | None, layer: Layer, what: str, limits: Words = "") -> dict[str, Any] | None:
    """An improvement as it is drawn: the bar ends at 100 %, a line marks the target."""
    figure = improvement(run, layer.name, what)
    if figure is None:
        return None
    gained = figure["median"]
    return {
        "words": f"{gained:.0f} %",
        "bar": f"{min(100.0, max(0.0, gained)):.1f}",
        "mark": f"{layer.target:.1f}",
        "is_met": gained >= layer.target,
        "gap": number(layer.target - gained),
        "why": limits,
    }


def _now(value: float | None) -> str:
    return "–" if value is None else number(value)
