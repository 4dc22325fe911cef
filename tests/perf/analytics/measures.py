"""Rows of measures, as the roll-up writes them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from perf.models import Baseline, GaugeMinute, OperationMinute


def this_minute() -> datetime:
    """The minute that is running."""
    return timezone.now().replace(second=0, microsecond=0)


def measure(operation: str, ms: float, *, calls: int = 60, errors: int = 0, minutes: range = range(60)) -> None:
    """So many calls a minute that took ``ms`` each, in each of the minutes ago."""
    OperationMinute.objects.bulk_create(
        OperationMinute(
            operation=operation,
            minute=this_minute() - timedelta(minutes=ago),
            calls=calls,
            errors=errors,
            total_ms=calls * ms,
            max_ms=ms,
            p50_ms=ms,
            p95_ms=ms,
            p99_ms=ms,
        )
        for ago in minutes
    )


def usually(operation: str, ms: float) -> None:
    """A baseline."""
    now = timezone.now()
    Baseline.objects.create(operation=operation, p50_ms=ms, p95_ms=ms, calls=1000, minutes=60, learned_at=now)


def show(gauge: str, mean: float, *, minutes: range = range(60)) -> None:
    """A gauge that stood there in each of the minutes ago."""
    GaugeMinute.objects.bulk_create(
        GaugeMinute(
            name=gauge, minute=this_minute() - timedelta(minutes=ago), samples=12, mean=mean, low=mean, high=mean
        )
        for ago in minutes
    )
