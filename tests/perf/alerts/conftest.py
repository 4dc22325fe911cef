"""Minutes of operations and gauges on a clock that the test drives, and no rules but the test's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from perf.metrics.sketch import bin_of, percentile
from perf.models import Alert, AlertRule, Baseline, GaugeMinute, Notice, OperationMinute

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
Minute = Callable[..., None]


@pytest.fixture(autouse=True)
def _no_rules_yet(db: None) -> None:
    Notice.objects.all().delete()
    Alert.objects.all().delete()
    AlertRule.objects.all().delete()


def at(minute: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minute)


def operation(minute: int, durations: Sequence[float], *, name: str = "web.home.GET", errors: int = 0) -> None:
    """A minute of an operation as it is rolled up."""
    bins = Counter(bin_of(ms) for ms in durations)
    OperationMinute.objects.create(
        operation=name, minute=at(minute), calls=len(durations), errors=errors, total_ms=sum(durations),
        max_ms=max(durations), bins={str(number): n for number, n in bins.items()},
        **{f"p{share}_ms": percentile(bins, share / 100) for share in (50, 95, 99)},
    )  # fmt: skip


def gauge(minute: int, mean: float, name: str = "machine.cpu") -> None:
    """A minute of a gauge."""
    GaugeMinute.objects.create(name=name, minute=at(minute), samples=12, mean=mean, low=mean, high=mean)


def baseline(p50_ms: float = 100, p95_ms: float = 200, name: str = "web.home.GET", **more: object) -> Baseline:
    """What is usual."""
    values = {"calls": 1000, "minutes": 60, "learned_at": NOON} | more
    return Baseline.objects.create(operation=name, p50_ms=p50_ms, p95_ms=p95_ms, **values)


def rule(kind: str = "slower", **more: object) -> AlertRule:
    """The customer's, unless told otherwise."""
    values = {"name": f"rule {kind}", "limit": 1.5} | more
    return AlertRule.objects.create(kind=kind, **values)
