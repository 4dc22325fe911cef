"""The last benchmarks, and what each layer of optimisation brought when that was measured last."""

from __future__ import annotations

from typing import Any

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perf.models import BenchmarkRun
from perf.panels import Again, Body, Cell, Link, Panel, Scope, Table, register
from perf.web.links import links_to
from perf.words import moment, number

LAYERS = "layers"
_SHOWN = 12


def build_benchmarks(scope: Scope) -> Body:
    """The last run of each, with what moved beyond its noise."""
    latest = BenchmarkRun.objects.values("name").annotate(latest=Max("created_at")).values("latest")
    runs = list(BenchmarkRun.objects.filter(created_at__in=latest).order_by("name")[: 4 * _SHOWN])
    if not runs:
        return Body(empty=_("None was run yet: manage.py benchmark, with everything else stopped."))
    worse = [run.name for run in runs if any(one["verdict"] == "worse" for one in run.changes.values())]
    return Body(
        says=_("Worse than the run before: %(names)s.") % {"names": ", ".join(worse)} if worse else "",
        tone="bad" if worse else "",
        table=Table(
            [_("Benchmark"), _("Run at"), _("Moved beyond noise")], [_run(run) for run in runs], frozenset({2})
        ),
    )


def build_layers(scope: Scope) -> Body:
    """The figures of the last run of the benchmark "layers"."""
    run = BenchmarkRun.objects.filter(name=LAYERS).order_by("-created_at").first()
    if run is None:
        return Body(empty=_("Not measured yet: manage.py benchmark layers, with everything else stopped."))
    rows = [_figure(name, figure) for name, figure in run.figures.items()]
    return Body(
        says=_("Measured %(when)s.") % {"when": moment(run.created_at, days=True)},
        table=Table([_("Figure"), _("Median"), _("Noise")], rows),
        links=[
            *links_to("layers", scope.user),
            Link(_("The whole run"), reverse("admin:perf_benchmarkrun_change", args=[run.pk])),
        ],
    )


def _run(run: BenchmarkRun) -> list[Cell]:
    moved = ", ".join(f"{name}: {change['verdict']}" for name, change in sorted(run.changes.items()))
    tone = "bad" if "worse" in moved else "good" if moved else ""
    address = reverse("admin:perf_benchmarkrun_change", args=[run.pk])
    return [
        Cell(run.name, href=address),
        Cell(moment(run.created_at, days=True)),
        Cell(moved or _("nothing"), tone=tone),
    ]


def _figure(name: str, figure: dict[str, Any]) -> list[Cell]:
    return [
        Cell(name),
        Cell(f"{number(figure['median'], 2)} {figure['unit']}"),
        Cell(f"± {number(figure['noise'], 2)}"),
    ]


register(
    Panel(
        key="layers",
        question=gettext_lazy("What do the optimisations bring?"),
        meaning=gettext_lazy(
            "Each layer switched off against on, in turns in one run, as it was measured last on this installation."
        ),
        remedy=gettext_lazy(
            "Measure again after changes of the machine or of the settings; a busy machine measures nothing but itself."
        ),
        build=build_layers,
        place=60,
        again=Again.NEVER,
    )
)
register(
    Panel(
        key="benchmarks",
        question=gettext_lazy("Is this version as fast as the one before?"),
        meaning=gettext_lazy(
            "The last run of each benchmark against the one before it with the same options on the same machine. "
            "Only differences beyond the noise of both are told."
        ),
        remedy=gettext_lazy("Repeat it on a quiet machine; if it stays worse, look at what came in between."),
        build=build_benchmarks,
        place=65,
        again=Again.NEVER,
    )
)
