"""``/perf/…``: what the instruments measured, live and by period, for operators."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api import pagination
from analysis.api.errors import not_found
from analysis.api.problems import Fault, Problem
from analysis.api.shapes import performance as shapes
from analysis.api.views import ApiView
from perf import metrics, tunables
from perf.history import PERIODS, gauges, last, latency, operations
from perf.models import BenchmarkRun

_MINUTES = 5
_LONGEST, _MOST_NAMES = 120, 20


class PeriodQuery(serializers.Serializer[Any]):
    """The period."""

    period = serializers.ChoiceField(choices=list(PERIODS), default="1h", help_text="Ends now.")


class GaugesQuery(PeriodQuery):
    """The period, and which gauges."""

    names = serializers.CharField(
        default="machine.",
        max_length=_LONGEST * _MOST_NAMES,
        help_text="Separated by commas; one that ends with a dot stands for all that begin so.",
    )


class BenchmarksQuery(pagination.PageQuery):
    """A page of runs, of one benchmark if it is named."""

    name = serializers.CharField(required=False, max_length=60)


class PerfNow(ApiView):
    """The figures of this moment."""

    scopes = {"GET": access.OPERATE}

    @extend_schema(operation_id="perf_now", summary="Read live figures", responses=shapes.NowShape)
    def get(self, request: Request) -> Response:
        """Operations of the last five minutes, gauges, and the counters of the last hour, over all processes."""
        reading = metrics.read()
        recent = metrics.read_operations(_MINUTES)
        return Response(
            {
                "is_live": reading.is_live,
                "minutes": _MINUTES,
                "operations": [shapes.recent_shape(name, one) for name, one in recent.items()],
                "gauges": metrics.read_gauges(),
                "counters_last_hour": reading.last_hour,
            }
        )


class PerfOperations(ApiView):
    """Operations over a period."""

    scopes = {"GET": access.OPERATE}
    queries = {"GET": PeriodQuery}

    @extend_schema(operation_id="perf_operations_list", summary="List operations", responses=shapes.OperationsShape)
    def get(self, request: Request) -> Response:
        """The fifty that took most time in all, each with the percentiles of all its calls in the period."""
        period = last(self.query["period"])
        found = [shapes.operation_shape(one) for one in operations(period)]
        return Response({"period": shapes.period_shape(period), "operations": found})


class PerfOperation(ApiView):
    """One operation over a period."""

    scopes = {"GET": access.OPERATE}
    queries = {"GET": PeriodQuery}

    @extend_schema(operation_id="perf_operations_read", summary="Read an operation", responses=shapes.HistoryShape)
    def get(self, request: Request, operation: str) -> Response:
        """Calls, errors and percentiles by bucket; 404 when it was not called. `web.` is all requests together."""
        period = last(self.query["period"])
        moments = latency(period, _clean(operation))
        if not any(moment.calls for moment in moments):
            raise not_found()
        told = {"name": operation, "period": shapes.period_shape(period)}
        return Response({**told, "moments": shapes.moments_shape(period, moments)})


class PerfGauges(ApiView):
    """Gauges over a period."""

    scopes = {"GET": access.OPERATE}
    queries = {"GET": GaugesQuery}

    @extend_schema(operation_id="perf_gauges_list", summary="List gauges", responses=shapes.GaugesShape)
    def get(self, request: Request) -> Response:
        """Mean and highest by bucket: `machine.`, `postgresql.`, `redis.`, `queue.` and others."""
        period, names = last(self.query["period"]), _names(self.query["names"])
        shown = gauges(period, names)
        found = [{"name": name, "levels": shapes.levels_shape(period, levels)} for name, levels in shown.items()]
        return Response({"period": shapes.period_shape(period), "gauges": found})


class PerfBenchmarks(ApiView):
    """Runs of benchmarks."""

    scopes = {"GET": access.OPERATE}
    queries = {"GET": BenchmarksQuery}

    @extend_schema(operation_id="perf_benchmarks_list", summary="List benchmarks", responses=shapes.BenchmarkPageShape)
    def get(self, request: Request) -> Response:
        """The newest first, with what moved beyond noise since the run before."""
        runs = BenchmarkRun.objects.all()
        if name := self.query.get("name"):
            runs = runs.filter(name=name)
        page = pagination.page(
            request,
            runs,
            ordering="-created_at",
            query=self.query,
            fields=shapes.BENCHMARK_FIELDS,
            shape=shapes.benchmark_shape,
        )
        return Response(page)


class PerfTunables(ApiView):
    """The live knobs."""

    scopes = {"GET": access.OPERATE}

    @extend_schema(operation_id="perf_tunables_list", summary="List live knobs", responses=shapes.TunablesShape)
    def get(self, request: Request) -> Response:
        """Each with the value in force in this process and its bounds. They are turned in the admin."""
        return Response({"tunables": [_knob(knob) for knob in tunables.declared()]})


def _knob(knob: tunables.Knob) -> dict[str, Any]:
    told = {name: getattr(knob, name) for name in ("name", "default", "low", "high", "step", "unit")}
    texts = {"label": str(knob.label), "explanation": str(knob.explanation)}
    return {**told, **texts, "value": tunables.value(knob.name)}


def _names(given: str) -> list[str]:
    names = [name.strip() for name in given.split(",") if name.strip()]
    if not 0 < len(names) <= _MOST_NAMES:
        detail = _("From one name to %(most)d.") % {"most": _MOST_NAMES}
        raise Problem("invalid", detail, faults=[Fault("invalid", detail, parameter="names")])
    return [_clean(name) for name in names]


def _clean(name: str) -> str:
    """Names that no operation has (too long, with a NUL) are as unknown as others."""
    if len(name) > _LONGEST or "\x00" in name:
        raise not_found()
    return name
