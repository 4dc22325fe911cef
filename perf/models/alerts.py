"""Rules that watch the measures, the alerts they raised, and the notices that were sent of them."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perf.models.base import new_id


class RuleKind(models.TextChoices):
    """What a rule watches; what its limit means."""

    SLOWER = "slower", _("operations that are slower than usual")
    ERRORS = "errors", _("operations that fail")
    GAUGE = "gauge", _("gauges above a limit")
    SILENCE = "silence", _("no minute is rolled up")
    AWAY = "away", _("a service does not answer")


class AlertRule(models.Model):
    """What is worth telling somebody.

    ``limit``: for ``slower`` the factor over the baseline, for ``errors`` the share (0 to 1) of failed calls, for
    ``gauge`` the value, for ``silence`` and ``away`` minutes. A rule finds a subject bad when ``bad_minutes`` of its
    last ``of_minutes`` minutes were.
    """

    name = models.CharField(_("name"), max_length=60, unique=True)
    kind = models.CharField(_("watches"), max_length=8, choices=RuleKind.choices)
    subjects = models.CharField(
        _("which"), max_length=120, default="*",
        help_text=_("Names of operations or gauges; * stands for anything: web.*, machine.cpu."),
    )  # fmt: skip
    limit = models.FloatField(
        _("limit"), validators=[MinValueValidator(0.001)],
        help_text=_(
            "Slower: times the usual duration (1.5). Failing: share of the calls (0.05). Gauge: its value. "
            "Silence, away: minutes."
        ),
    )  # fmt: skip
    least_calls = models.PositiveIntegerField(
        _("least calls"), default=20, help_text=_("In the bad minutes together; fewer prove nothing.")
    )
    bad_minutes = models.PositiveSmallIntegerField(_("bad minutes"), default=3, validators=[MinValueValidator(1)])
    of_minutes = models.PositiveSmallIntegerField(_("of the last minutes"), default=5)
    cooldown_minutes = models.PositiveIntegerField(
        _("minutes between two notices"), default=60, help_text=_("Of the same subject, while it stays bad.")
    )
    by_mail = models.BooleanField(_("tell by e-mail"), default=True)
    by_webhook = models.BooleanField(_("tell by webhook"), default=True)
    is_enabled = models.BooleanField(_("in force"), default=True)

    class Meta:
        db_table = "alert_rules"
        verbose_name = _("alert rule")
        verbose_name_plural = _("alert rules")
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(limit__gt=0, bad_minutes__gte=1, bad_minutes__lte=models.F("of_minutes")),
                name="alert_rule_makes_sense",
                violation_error_message=_("Bad minutes are at least one, and no more than the minutes looked at."),
            )
        ]

    def __str__(self) -> str:
        return gettext(self.name)  # of the rules that come along; others say it in their own words


class Alert(models.Model):
    """One subject that was bad for a while. Open until ``closed_at``; a rule has one open alert a subject.

    ``evidence``: the figures it was opened on, as ``perf.alerts.words`` puts them into a sentence; ``latest`` the
    last that were bad.
    """

    class End(models.TextChoices):
        """Why it was closed."""

        RECOVERED = "recovered", _("it is well again")
        QUIET = "quiet", _("nothing is heard of it any more")
        PERSON = "person", _("closed by hand")
        RULE_OFF = "rule_off", _("the rule was switched off")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    rule = models.ForeignKey(
        AlertRule, on_delete=models.PROTECT, related_name="alerts", verbose_name=_("rule"), db_index=False
    )
    subject = models.CharField(_("subject"), max_length=120)
    evidence = models.JSONField(_("evidence"), default=dict)
    latest = models.JSONField(_("latest evidence"), default=dict)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    last_bad_at = models.DateTimeField(_("last bad"), default=timezone.now)
    notified_at = models.DateTimeField(_("last notice"), null=True)
    notices = models.PositiveIntegerField(_("notices"), default=0)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("by")
    )
    closed_at = models.DateTimeField(_("closed"), null=True)
    end = models.CharField(_("how it ended"), max_length=10, choices=End.choices, blank=True)

    class Meta:
        db_table = "alerts"
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ("-opened_at",)
        constraints = [
            # Two sweepers at once open one alert; the open alerts of a rule.
            models.UniqueConstraint(
                fields=["rule", "subject"], condition=models.Q(closed_at=None), name="alert_open_once"
            ),
        ]
        indexes = [
            # The list in the admin; what was open while a baseline was learned.
            models.Index(fields=["-opened_at"], name="idx_alerts_opened"),
            # When the last notice of a subject was: the cool-down.
            models.Index(fields=["rule", "subject", "-notified_at"], name="idx_alerts_cooldown"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_open(self) -> bool:
        """Whether it still is bad."""
        return self.closed_at is None


class Notice(models.Model):
    """One message about an alert on one channel, and what became of it."""

    class Channel(models.TextChoices):
        """How somebody is told."""

        MAIL = "mail", _("e-mail")
        WEBHOOK = "webhook", _("webhook")

    class Event(models.TextChoices):
        """What it tells."""

        OPENED = "opened", _("opened")
        REMINDER = "reminder", _("still bad")
        CLOSED = "closed", _("closed")

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", _("waits to be sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("not delivered")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    alert = models.ForeignKey(
        Alert, on_delete=models.CASCADE, related_name="messages", verbose_name=_("alert")
    )  # its index: the notices of an alert
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    event = models.CharField(_("event"), max_length=8, choices=Event.choices)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    error = models.CharField(_("error"), max_length=200, blank=True)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta:
        db_table = "alert_notices"
        verbose_name = _("notice of an alert")
        verbose_name_plural = _("notices of alerts")
        ordering = ("-made_at",)
        indexes = [
            # What is to be sent now.
            models.Index(fields=["next_try_at"], name="idx_alert_notices_due", condition=models.Q(state="waiting")),
            # The list in the admin.
            models.Index(fields=["-made_at"], name="idx_alert_notices_made"),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.event}"
