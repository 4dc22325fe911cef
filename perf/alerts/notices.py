"""Who is told of an alert, and how: rows that are written with the alert and sent afterwards."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from perf.models import Alert, AlertRule, Notice


def announce(alert: Alert, event: Notice.Event, now: datetime) -> int:
    """Have everybody told whom the alert's rule names; returns how many notices will be sent."""
    channels = channels_of(alert.rule)
    Notice.objects.bulk_create(
        Notice(alert=alert, channel=channel, event=event, made_at=now, next_try_at=now) for channel in channels
    )
    return len(channels)


def channels_of(rule: AlertRule) -> list[Notice.Channel]:
    """Those that the rule wants and that are set up. The log is always told."""
    wanted = {
        Notice.Channel.MAIL: rule.by_mail and settings.ALERT_RECIPIENTS,
        Notice.Channel.WEBHOOK: rule.by_webhook and settings.ALERT_WEBHOOK_URL,
    }
    return [channel for channel, is_wanted in wanted.items() if is_wanted]
