"""One round: every rule is held against the measures; alerts open, remind, and close.

A rule has one open alert a subject, whoever evaluates at the same time: a constraint sees to that, and every change
of an alert is one conditional statement. Notices are rows of the same transaction; they are sent later, outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone

from perf.alerts.judging import Judgement
from perf.alerts.notices import announce
from perf.alerts.watching import Judgements, judge
from perf.models import Alert, AlertRule, Notice

#: An open alert whose subject nobody measured for so long is closed.
QUIET = timedelta(minutes=30)
_DELETED_AT_ONCE = 500
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """How many alerts opened and closed, and how many were repeated."""

    opened: int = 0
    closed: int = 0
    reminded: int = 0

    def __add__(self, other: Round) -> Round:
        return Round(self.opened + other.opened, self.closed + other.closed, self.reminded + other.reminded)


def evaluate(now: datetime | None = None) -> Round:
    """Hold all rules against what was measured up to ``now``."""
    now = now or timezone.now()
    done = Round(closed=_close_of_rules_off(now))
    for rule in AlertRule.objects.filter(is_enabled=True):
        done += _hold(rule, judge(rule, now), now)
    return done


def forget_old(now: datetime | None = None) -> int:
    """Delete alerts closed more than ``ALERTS_KEPT_DAYS`` ago, with their notices; returns how many alerts went."""
    oldest = (now or timezone.now()) - timedelta(days=settings.ALERTS_KEPT_DAYS)
    gone = 0
    old = Alert.objects.filter(closed_at__lt=oldest).order_by().values_list("pk", flat=True)
    while doomed := list(old[:_DELETED_AT_ONCE]):
        gone += Alert.objects.filter(pk__in=doomed).delete()[1].get("perf.Alert", 0)
    return gone


def close(alert: Alert, end: Alert.End, now: datetime) -> bool:
    """Close it, and say so where its opening was told; False when somebody else did."""
    with transaction.atomic():
        closed = Alert.objects.filter(pk=alert.pk, closed_at=None).update(closed_at=now, end=end)
        if closed and alert.notices and end != Alert.End.PERSON:
            announce(alert, Notice.Event.CLOSED, now)
    if closed:
        _log.info("alert_closed", rule=alert.rule.name, subject=alert.subject, end=str(end))
    return bool(closed)


def _hold(rule: AlertRule, judgements: Judgements, now: datetime) -> Round:
    open_ones = {alert.subject: alert for alert in _open().filter(rule=rule)}
    done = Round()
    for subject, judgement in judgements.items():
        alert = open_ones.pop(subject, None)
        if judgement.is_bad:
            done += _keep_bad(alert, judgement, now) if alert else _open_one(rule, subject, judgement, now)
        elif judgement.is_well and alert:
            done += Round(closed=close(alert, Alert.End.RECOVERED, now))
    gone_quiet = [alert for alert in open_ones.values() if alert.last_bad_at <= now - QUIET]
    return done + Round(closed=sum(close(alert, Alert.End.QUIET, now) for alert in gone_quiet))


def _open_one(rule: AlertRule, subject: str, judgement: Judgement, now: datetime) -> Round:
    """Open an alert, unless somebody just did, or a person closed the last one a moment ago."""
    if _was_closed_by_hand(rule, subject, now):
        return Round()
    evidence = judgement.evidence
    try:
        with transaction.atomic():
            alert = Alert.objects.create(
                rule=rule, subject=subject, evidence=evidence, latest=evidence, opened_at=now, last_bad_at=now
            )
            _tell(alert, Notice.Event.OPENED, now)
    except IntegrityError:
        return Round()
    _log.warning("alert_opened", rule=rule.name, subject=subject, **evidence)
    return Round(opened=1)


def _keep_bad(alert: Alert, judgement: Judgement, now: datetime) -> Round:
    Alert.objects.filter(pk=alert.pk, closed_at=None).update(last_bad_at=now, latest=judgement.evidence)
    if alert.acknowledged_at is not None:
        return Round()
    with transaction.atomic():
        reminded = _tell(alert, Notice.Event.REMINDER if alert.notices else Notice.Event.OPENED, now)
    if reminded:
        _log.warning("alert_still_open", rule=alert.rule.name, subject=alert.subject, **judgement.evidence)
    return Round(reminded=reminded)


def _tell(alert: Alert, event: Notice.Event, now: datetime) -> bool:
    """Announce it, unless a notice of this rule and subject went out within the cool-down."""
    oldest = now - timedelta(minutes=alert.rule.cooldown_minutes)
    of_same = Alert.objects.filter(rule=alert.rule, subject=alert.subject).order_by()
    last = of_same.aggregate(last=Max("notified_at"))["last"]
    if last is not None and last > oldest:
        return False
    due = Q(notified_at=None) | Q(notified_at__lte=oldest)
    if not Alert.objects.filter(due, pk=alert.pk, closed_at=None).update(notified_at=now, notices=F("notices") + 1):
        return False
    announce(alert, event, now)
    return True


def _was_closed_by_hand(rule: AlertRule, subject: str, now: datetime) -> bool:
    since = now - timedelta(minutes=rule.cooldown_minutes)
    return Alert.objects.filter(rule=rule, subject=subject, end=Alert.End.PERSON, closed_at__gt=since).exists()


def _close_of_rules_off(now: datetime) -> int:
    return sum(close(alert, Alert.End.RULE_OFF, now) for alert in _open().filter(rule__is_enabled=False))


def _open() -> QuerySet[Alert]:
    return Alert.objects.filter(closed_at=None).select_related("rule")
