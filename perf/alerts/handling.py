"""What people do with an alert: take note of it, or close it."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from perf.alerts.rounds import close
from perf.models import Alert


def acknowledge(alert: Alert, *, by: Any) -> bool:
    """Somebody knows: no more reminders. False when it is closed or somebody knew already."""
    fresh = Alert.objects.filter(pk=alert.pk, closed_at=None, acknowledged_at=None)
    return bool(fresh.update(acknowledged_at=timezone.now(), acknowledged_by=by))


def close_by_hand(alert: Alert) -> bool:
    """Closed; the same subject opens no new alert for a cool-down. False when it was closed already."""
    return close(alert, Alert.End.PERSON, timezone.now())
