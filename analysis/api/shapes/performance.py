"""What the API tells of the instruments: times in milliseconds, shares from 0 to 1."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from perf.history import PERIODS, Level, Moment, Operation, Period
from perf.metrics import Recent

BENCHMARK_FIELDS = (
    "id",
    "name",
    "created_at",
    "repeats",
    "seconds",
    "machine",
    "figures",
    "compared_with_id",
    "changes",
)
_PERCENTILES = (0.5, 0.95, 0.99)


class RecentShape(serializers.Serializer[Any]):
    """An operation in the last minutes, over all processes."""

    name = serializers.CharField()
    calls = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]
    total_ms = serializers.FloatField()
    max_ms = serializers.FloatField()
    p50_ms = serializers.FloatField()
    p95_ms = serializers.FloatField()
    p99_ms = serializers.FloatField()
    memory_mb = serializers.FloatField(help_text="Of the largest process that called it.")


class NowShape(serializers.Serializer[Any]):
    """Live figures. `is_live` is false while Redis does not answer, and then there are none."""

    is_live = serializers.BooleanField()
    minutes = serializers.IntegerField(help_text="The operations are those of so many minutes.")
    operations = RecentShape(many=True)
    gauges = serializers.DictField(child=serializers.FloatField(), help_text="What each shows now, by name.")
    counters_last_hour = serializers.DictField(child=serializers.IntegerField())


class PeriodShape(serializers.Serializer[Any]):
    """`buckets` stretches of `bucket_seconds` from `start` on."""

    name = serializers.ChoiceField(choices=list(PERIODS))
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    bucket_seconds = serializers.IntegerField()


class OperationShape(serializers.Serializer[Any]):
    """An operation over the period."""

    name = serializers.CharField()
    calls = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]
    total_ms = serializers.FloatField()
    max_ms = serializers.FloatField()
    p50_ms = serializers.FloatField()
    p95_ms = serializers.FloatField()
    p99_ms = serializers.FloatField()


class OperationsShape(serializers.Serializer[Any]):
    """Those that took most time in all, the first one most."""

    period = PeriodShape()
    operations = OperationShape(many=True)


class MomentShape(serializers.Serializer[Any]):
    """A bucket; percentiles of all of its calls together, null while there was none."""

    start = serializers.DateTimeField()
    calls = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]
    p50_ms = serializers.FloatField(allow_null=True)
    p95_ms = serializers.FloatField(allow_null=True)
    p99_ms = serializers.FloatField(allow_null=True)


class HistoryShape(serializers.Serializer[Any]):
    """An operation by bucket."""

    name = serializers.CharField()
    period = PeriodShape()
    moments = MomentShape(many=True)


class LevelShape(serializers.Serializer[Any]):
    """What a gauge showed in a bucket."""

    start = serializers.DateTimeField()
    mean = serializers.FloatField()
    high = serializers.FloatField()


class GaugeShape(serializers.Serializer[Any]):
    """A gauge by bucket; buckets in which nobody looked are left out."""

    name = serializers.CharField()
    levels = LevelShape(many=True)


class GaugesShape(serializers.Serializer[Any]):
    """Gauges over the period."""

    period = PeriodShape()
    gauges = GaugeShape(many=True)


class FigureShape(serializers.Serializer[Any]):
    """A measured figure; an equal run is expected within `median` ± `noise`."""

    unit = serializers.CharField()
    better = serializers.ChoiceField(choices=["lower", "higher", "neither"])
    median = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    noise = serializers.FloatField()


class ChangeShape(serializers.Serializer[Any]):
    """A figure that moved beyond the noise of both runs."""

    before = serializers.FloatField()
    after = serializers.FloatField()
    verdict = serializers.ChoiceField(choices=["better", "worse"])


class BenchmarkShape(serializers.Serializer[Any]):
    """A run of a benchmark."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    run_at = serializers.DateTimeField()
    repeats = serializers.IntegerField()
    seconds = serializers.FloatField()
    processor = serializers.CharField(allow_null=True)
    figures = serializers.DictField(child=FigureShape())
    compared_with = serializers.UUIDField(allow_null=True)
    changes = serializers.DictField(child=ChangeShape())


class BenchmarkPageShape(serializers.Serializer[Any]):
    """A page of runs, the newest first."""

    results = BenchmarkShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class TunableShape(serializers.Serializer[Any]):
    """A live knob: its value in force, and its bounds."""

    name = serializers.CharField()
    value = serializers.FloatField()
    default = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    step = serializers.FloatField()
    unit = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    explanation = serializers.CharField()


class TunablesShape(serializers.Serializer[Any]):
    """The live knobs."""

    tunables = TunableShape(many=True)


def recent_shape(name: str, one: Recent) -> dict[str, Any]:
    """``RecentShape``."""
    p50, p95, p99 = (one.percentile(share) for share in _PERCENTILES)
    told = {field: getattr(one, field) for field in ("calls", "errors", "total_ms", "max_ms", "memory_mb")}
    return {"name": name, **told, "p50_ms": p50, "p95_ms": p95, "p99_ms": p99}


def period_shape(period: Period) -> dict[str, Any]:
    """``PeriodShape``."""
    seconds = int(period.bucket.total_seconds())
    return {"name": period.name, "start": period.start, "end": period.end, "bucket_seconds": seconds}


def operation_shape(one: Operation) -> dict[str, Any]:
    """``OperationShape``."""
    return dataclasses.asdict(one)


def moments_shape(period: Period, moments: list[Moment]) -> list[dict[str, Any]]:
    """``MomentShape``, one for each bucket."""
    return [
        {"start": start, **dataclasses.asdict(moment)} for start, moment in zip(period.moments, moments, strict=True)
    ]


def levels_shape(period: Period, levels: list[Level | None]) -> list[dict[str, Any]]:
    """``LevelShape``, one for each bucket in which somebody looked."""
    return [
        {"start": start, "mean": level.mean, "high": level.high}
        for start, level in zip(period.moments, levels, strict=True)
        if level is not None
    ]


def benchmark_shape(run: Mapping[str, Any]) -> dict[str, Any]:
    """``BenchmarkShape`` of the values of ``BENCHMARK_FIELDS``."""
    return {
        **{name: run[name] for name in ("id", "name", "repeats", "seconds")},
        "run_at": run["created_at"],
        "processor": run["machine"].get("processor"),
        "figures": _of(run["figures"], FigureShape),
        "compared_with": run["compared_with_id"],
        "changes": _of(run["changes"], ChangeShape),
    }


def _of(named: Mapping[str, Mapping[str, Any]], shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """The members of the shape, of each."""
    members = list(shape().fields)
    return {name: {member: one[member] for member in members} for name, one in named.items()}
