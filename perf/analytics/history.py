"""What the tables of measures say of a period and of the one before it, cut into slices by PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import DateTimeField, F, Func, Max, QuerySet, Sum, Value

from perf.analytics.periods import Period
from perf.models import Baseline, GaugeMinute, OperationMinute

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Work:
    """What was done of an operation in a slice of time; ``p50_ms`` and ``p95_ms`` are sums over its calls."""

    calls: int = 0
    errors: int = 0
    total_ms: float = 0.0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    max_ms: float = 0.0

    def __add__(self, other: Work) -> Work:
        return Work(
            self.calls + other.calls,
            self.errors + other.errors,
            self.total_ms + other.total_ms,
            self.p50_ms + other.p50_ms,
            self.p95_ms + other.p95_ms,
            max(self.max_ms, other.max_ms),
        )

    def mean(self, total: float) -> float:
        """One of its sums by call."""
        return total / self.calls if self.calls else 0.0


@dataclass(frozen=True, slots=True)
class Level:
    """What a gauge showed in a slice of time."""

    mean: float
    high: float


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for an operation, in milliseconds."""

    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Course(Generic[T]):
    """Slices of a period and of the one before, the oldest first; None where nothing was measured."""

    now: tuple[T | None, ...]
    before: tuple[T | None, ...]


def total(slices: Iterable[Work | None]) -> Work:
    """All of them together."""
    return sum((each for each in slices if each is not None), Work())


def operations(period: Period, now: datetime) -> dict[str, Course[Work]]:
    """Every operation that was measured in the period or in the one before."""
    rows = _sliced(OperationMinute.objects.all(), period, now).values_list("operation", "slice")
    sums = rows.annotate(
        n=Sum("calls"),
        failed=Sum("errors"),
        all_ms=Sum("total_ms"),
        medians=Sum(F("calls") * F("p50_ms")),
        tails=Sum(F("calls") * F("p95_ms")),
        longest=Max("max_ms"),
    )
    return _courses(((name, start, Work(*values)) for name, start, *values in sums), period, now)


def gauges(names: Iterable[str], period: Period, now: datetime) -> dict[str, Course[Level]]:
    """The named gauges, as far as they were measured."""
    rows = _sliced(GaugeMinute.objects.filter(name__in=list(names)), period, now).values_list("name", "slice")
    sums = rows.annotate(sums=Sum(F("mean") * F("samples")), n=Sum("samples"), highest=Max("high"))
    found = ((name, start, Level(mean / max(samples, 1), high)) for name, start, mean, samples, high in sums)
    return _courses(found, period, now)


def usual() -> dict[str, Usual]:
    """The baselines, by operation."""
    return {row.operation: Usual(row.p50_ms, row.p95_ms) for row in Baseline.objects.all()}


def _sliced(rows: QuerySet[Any], period: Period, now: datetime) -> QuerySet[Any]:
    """Rows of both periods with the start of their slice, not ordered."""
    start = Func(Value(period.slice), F("minute"), Value(now), function="date_bin", output_field=DateTimeField())
    both = rows.filter(minute__gte=now - 2 * period.length, minute__lt=now).order_by()
    sliced: QuerySet[Any] = both.annotate(slice=start)
    return sliced


def _courses(found: Iterable[tuple[str, datetime, T]], period: Period, now: datetime) -> dict[str, Course[T]]:
    by_name: Mapping[str, dict[int, T]] = defaultdict(dict)
    for name, start, value in found:
        by_name[name][round((start - now) / period.slice)] = value
    size = period.slices
    return {
        name: Course(
            now=tuple(slices.get(place) for place in range(-size, 0)),
            before=tuple(slices.get(place) for place in range(-2 * size, -size)),
        )
        for name, slices in by_name.items()
    }


def minute_of(moment: datetime) -> datetime:
    """The end of the minute that a moment lies in: up to there, and including it, minutes are read."""
    return moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
