"""The knobs that drive running processes, and every turn of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from perf.models.base import new_id


class TuningMode(models.TextChoices):
    """What the tuner may do with a knob."""

    OFF = "off", _("off")
    SUGGEST = "suggest", _("suggest")
    AUTO = "auto", _("auto")


class Tunable(models.Model):
    """A knob: declared in code, its value here; running processes follow within seconds."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    value = models.FloatField(_("value"))
    low = models.FloatField(_("lowest"))
    high = models.FloatField(_("highest"))
    step = models.FloatField(_("step"))
    mode = models.CharField(_("mode"), max_length=8, choices=TuningMode.choices, default=TuningMode.OFF)
    is_frozen = models.BooleanField(
        _("frozen"), default=False, help_text=_("A frozen knob is moved by nobody, the tuner and people included.")
    )
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)

    class Meta:
        db_table = "tunables"
        verbose_name = _("tunable")
        verbose_name_plural = _("tunables")
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(value__gte=models.F("low"), value__lte=models.F("high"), step__gt=0),
                name="tunable_within_bounds",
            )
        ]

    def __str__(self) -> str:
        return self.name


class TuningDecision(models.Model):
    """One turn of a knob, or the advice to turn it: who, why, and what came of it.

    ``evidence``: the figures it was decided on. ``score_before`` and ``score_after``: higher is better.
    """

    class Source(models.TextChoices):
        """Who decided."""

        TUNER = "tuner", _("the tuner")
        PERSON = "person", _("a person")
        ROLLBACK = "rollback", _("taken back")
        RESTORE = "restore", _("restored from the history")

    class State(models.TextChoices):
        """What became of it."""

        SUGGESTED = "suggested", _("suggested")
        WATCHED = "watched", _("in force, its effect is being measured")
        KEPT = "kept", _("kept")
        ROLLED_BACK = "rolled_back", _("taken back")
        DISMISSED = "dismissed", _("dismissed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tunable = models.ForeignKey(Tunable, on_delete=models.CASCADE, related_name="decisions", verbose_name=_("tunable"))
    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    state = models.CharField(_("state"), max_length=12, choices=State.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("by")
    )
    old = models.FloatField(_("old value"))
    new = models.FloatField(_("new value"))
    reason = models.CharField(_("reason"), max_length=60)
    evidence = models.JSONField(_("evidence"), default=dict)
    score_before = models.FloatField(_("score before"), null=True)
    score_after = models.FloatField(_("score after"), null=True)
    decided_at = models.DateTimeField(_("decided at"), default=timezone.now)
    judged_at = models.DateTimeField(_("judged at"), null=True)

    class Meta:
        db_table = "tuning_decisions"
        verbose_name = _("tuning decision")
        verbose_name_plural = _("tuning decisions")
        ordering = ("-decided_at",)
        indexes = [
            # The history of a knob, the newest first.
            models.Index(fields=["tunable", "-decided_at"], name="idx_tuning_decisions_history"),
        ]

    def __str__(self) -> str:
        return f"{self.tunable_id}: {self.old:g} -> {self.new:g}"
