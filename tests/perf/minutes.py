"""Minutes as the roll-up leaves them, for tests of what is made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from perf.metrics.sketch import bin_of
from perf.models import CounterMinute, GaugeMinute, OperationMinute


def whole_minute(ago: int = 1) -> datetime:
    """The beginning of the minute so many minutes ago; 1 is the last one that is over."""
    return timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=ago)


def clocked(operation: str, durations: Sequence[float], minute: datetime | None = None, errors: int = 0) -> None:
    """Calls of so many milliseconds each, in one minute."""
    OperationMinute.objects.create(
        operation=operation, minute=minute or whole_minute(), calls=len(durations), errors=errors,
        total_ms=sum(durations), max_ms=max(durations), p50_ms=0, p95_ms=0, p99_ms=0,
        bins={str(place): n for place, n in Counter(map(bin_of, durations)).items()},
    )  # fmt: skip


def counted(name: str, n: int, minute: datetime | None = None) -> None:
    CounterMinute.objects.create(name=name, minute=minute or whole_minute(), n=n)


def gauged(
    name: str, mean: float, minute: datetime | None = None, *, samples: int = 12, high: float | None = None
) -> None:
    GaugeMinute.objects.create(
        name=name,
        minute=minute or whole_minute(),
        samples=samples,
        mean=mean,
        low=mean,
        high=mean if high is None else high,
    )
