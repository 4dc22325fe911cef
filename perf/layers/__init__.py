"""The four layers of optimisation, their strategies and what each gains; rooms register theirs in a module ``layers``.

A strategy has one switch, so that a run with it and one without can be paired (``manage.py benchmark layers``), and the
page "Layers" of the admin says what is on. What was gained is read from the last run of that benchmark: its figure
``<layer>: <metric or strategy>: improvement``, in per cent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import override

from perf.benchmarks.pairs import paired
from perf.benchmarks.registry import Figure
from perf.models import BenchmarkRun

Words = str | Promise
BENCHMARK = "layers"


@dataclass(frozen=True, slots=True)
class Strategy:
    """``switch`` says how it is turned off (a setting and its value), or why it cannot be; ``name`` is of figures."""

    name: str
    label: Words
    explanation: Words
    switch: Words
    is_on: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Metric:
    """What a layer is judged by; ``now`` is what it is at present in ``unit``, None while nothing is known of it.

    ``limits``: what bounds the gain, for where it is below the target.
    """

    name: str
    label: Words
    unit: Words
    now: Callable[[], float | None]
    limits: Words = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """``target``: by how many per cent each of its metrics is to be better with all strategies than without."""

    name: str
    label: Words
    target: float
    metrics: tuple[Metric, ...]
    strategies: tuple[Strategy, ...]


_layers: dict[str, Layer] = {}


def register(layer: Layer) -> Layer:
    """Make a layer known; the same name again replaces it."""
    _layers[layer.name] = layer
    return layer


def all_layers() -> list[Layer]:
    """In the order in which they were registered."""
    autodiscover_modules("layers")
    return list(_layers.values())


def figure_of(layer: str, what: str) -> str:
    """The name that the figures of a metric or a strategy begin with."""
    return f"{layer}: {what}"


def gain(layer: str, metric: str, off: Figure, on: Figure) -> dict[str, Figure]:
    """The figures of a metric, held against the target of its layer; both names are those of the registry."""
    found = next(each for each in all_layers() if each.name == layer)
    limits = next(each.limits for each in found.metrics if each.name == metric)
    with override("en"):  # as all that a run says; the page has its reader's language
        return paired(figure_of(layer, metric), off, on, target=found.target, why=str(limits))


def last_measured() -> BenchmarkRun | None:
    """The last run of the benchmark, of whatever size."""
    return BenchmarkRun.objects.filter(name=BENCHMARK).order_by("-created_at").first()


def improvement(run: BenchmarkRun | None, layer: str, what: str) -> dict[str, Any] | None:
    """The figure of a gain, as the run holds it; None where it was not measured."""
    return run.figures.get(f"{figure_of(layer, what)}: improvement") if run else None
