"""The page "Performance": what was counted and clocked, the last benchmarks, and what silk is doing."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib import admin
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from perf import metrics
from perf.models import BenchmarkRun
from perf.profiling.pruning import recorded

_CLOCK = (".calls", ".us", ".errors")


@dataclass(frozen=True, slots=True)
class Operation:
    """A clocked operation in the last hour."""

    name: str
    calls: int
    mean_ms: float
    errors: int


@dataclass(frozen=True, slots=True)
class Count:
    """A counter: ever, and in the last hour."""

    name: str
    total: int
    last_hour: int


@require_safe
@never_cache
def performance(request: HttpRequest) -> HttpResponse:
    """For staff who may see benchmark runs; for others there is no such page (404)."""
    user = request.user
    if not (user.is_active and user.is_staff and user.has_perm("perf.view_benchmarkrun")):
        raise Http404(_("There is no such page."))
    reading = metrics.read()
    latest = BenchmarkRun.objects.values("name").annotate(latest=Max("created_at")).values("latest")
    context = {
        **admin.site.each_context(request),
        "title": _("Performance"),
        "is_live": reading.is_live,
        "operations": operations(reading),
        "counts": counts(reading),
        "runs": BenchmarkRun.objects.filter(created_at__in=latest).order_by("name"),
        "silk_share": settings.SILKY_SAMPLE_PERCENT,
        "silk_requests": recorded(),
    }
    return render(request, "perf/performance.html", context)


def operations(reading: metrics.Reading) -> list[Operation]:
    """The clocked operations of the last hour, where most time went first."""
    hour = reading.last_hour
    names = [name.removesuffix(".calls") for name in hour if name.endswith(".calls")]
    names.sort(key=lambda name: -hour.get(f"{name}.us", 0))
    return [
        Operation(
            name=name,
            calls=hour[f"{name}.calls"],
            mean_ms=hour.get(f"{name}.us", 0) / hour[f"{name}.calls"] / 1000,
            errors=hour.get(f"{name}.errors", 0),
        )
        for name in names
        if hour[f"{name}.calls"]
    ]


def counts(reading: metrics.Reading) -> list[Count]:
    """The plain counters, by name."""
    plain = sorted(name for name in reading.total if not name.endswith(_CLOCK))
    return [Count(name, reading.total[name], reading.last_hour.get(name, 0)) for name in plain]
