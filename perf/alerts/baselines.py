"""What is usual for an operation, learned from its minutes; robust against a few bad ones.

Minutes are put together until they hold ``GROUP_CALLS`` calls, so that the percentiles of a group mean something; the
baseline is the median of the groups' percentiles, without the groups that lie far from the others (by the median
absolute deviation of the logarithms). Minutes in which an alert of the operation was open are not learned from.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Q, Sum
from django.utils import timezone

from perf.metrics.sketch import Bins, from_row, merged, percentile
from perf.models import Alert, Baseline, OperationMinute, RuleKind

WINDOW = timedelta(hours=24)
GROUP_CALLS, FEWEST_GROUPS = 20, 10
_MAD_TO_SIGMA, _SIGMAS = 1.4826, 3.5
#: However alike the groups are, nothing within a tenth of their median is far from it.
_LEAST_SPREAD = math.log(1.1) / _SIGMAS


@dataclass(frozen=True, slots=True)
class Usual:
    """Milliseconds, and the calls and minutes they were learned from."""

    p50_ms: float
    p95_ms: float
    calls: int
    minutes: int


def learn(now: datetime | None = None) -> int:
    """Learn the baselines of all operations anew but for frozen ones; returns how many have one now.

    An operation with too few calls keeps the baseline it has.
    """
    now = now or timezone.now()
    frozen = set(Baseline.objects.filter(is_frozen=True).values_list("operation", flat=True))
    learned = 0
    for operation in _busy_operations(now):
        if operation not in frozen:
            learned += _learn(operation, now)
    return learned


def usual(minutes: Sequence[Bins]) -> Usual | None:
    """What is usual by the sketches of minutes in their order; None for too few calls."""
    groups = list(_groups(minutes))
    if len(groups) < FEWEST_GROUPS:
        return None
    figures = [(percentile(bins, 0.5), percentile(bins, 0.95), bins) for bins in groups]
    kept = _without_strays(figures)
    return Usual(
        p50_ms=median(p50 for p50, _p95, _bins in kept),
        p95_ms=median(p95 for _p50, p95, _bins in kept),
        calls=sum(sum(bins.values()) for _p50, _p95, bins in kept),
        minutes=len(minutes),
    )


def _busy_operations(now: datetime) -> list[str]:
    recent = OperationMinute.objects.filter(minute__gte=now - WINDOW, minute__lt=now).order_by()
    counted = recent.values("operation").annotate(n=Sum("calls")).filter(n__gte=GROUP_CALLS * FEWEST_GROUPS)
    return sorted(counted.values_list("operation", flat=True))


def _learn(operation: str, now: datetime) -> bool:
    rows = OperationMinute.objects.filter(operation=operation, minute__gte=now - WINDOW, minute__lt=now)
    for opened, closed in _troubles(operation, now):
        rows = rows.exclude(minute__gte=opened, minute__lte=closed)
    found = usual([from_row(bins) for bins in rows.order_by("minute").values_list("bins", flat=True)])
    if found is None:
        return False
    values = {"p50_ms": found.p50_ms, "p95_ms": found.p95_ms, "calls": found.calls, "minutes": found.minutes}
    # Not a save: who froze the row a moment ago must not be overruled.
    if not Baseline.objects.filter(operation=operation, is_frozen=False).update(**values, learned_at=now):
        Baseline.objects.get_or_create(operation=operation, defaults=values | {"learned_at": now})
    return True


def _troubles(operation: str, now: datetime) -> list[tuple[datetime, datetime]]:
    """From when to when something was wrong with the operation, the minutes that proved it included."""
    alerts = Alert.objects.filter(
        Q(closed_at=None) | Q(closed_at__gte=now - WINDOW),
        subject=operation, rule__kind__in=(RuleKind.SLOWER, RuleKind.ERRORS),
    ).select_related("rule")  # fmt: skip
    return [
        (alert.opened_at - timedelta(minutes=alert.rule.of_minutes + 1), alert.closed_at or now) for alert in alerts
    ]


def _groups(minutes: Iterable[Bins]) -> Iterable[Bins]:
    waiting: list[Bins] = []
    calls = 0
    for bins in minutes:
        waiting.append(bins)
        calls += sum(bins.values())
        if calls >= GROUP_CALLS:
            yield merged(waiting)
            waiting, calls = [], 0


def _without_strays(figures: list[tuple[float, float, Bins]]) -> list[tuple[float, float, Bins]]:
    logs = [math.log(p50) for p50, _p95, _bins in figures]
    middle = median(logs)
    spread = max(median(abs(each - middle) for each in logs) * _MAD_TO_SIGMA, _LEAST_SPREAD)
    return [figure for figure, each in zip(figures, logs, strict=True) if abs(each - middle) <= _SIGMAS * spread]
