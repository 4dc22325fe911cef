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
    """A knob: declared in code, its value here; running processes follow within seconds.

    ``is_set``: somebody, a person or the tuner, has turned it since it was last at its default. ``memory`` is what the
    tuner remembers of its search (``perf.tuning.search.Memory``).
    """

    name = models.CharField(_("name"), max_length=60, unique=True)
    value = models.FloatField(_("value"))
    low = models.FloatField(_("lowest"))
    high = models.FloatField(_("highest"))
    step = models.FloatField(_("step"))
    mode = models.CharField(_("mode"), max_length=8, choices=TuningMode.choices, default=TuningMode.OFF)
    is_frozen = models.BooleanField(
        _("frozen"), default=False, help_text=_("A frozen knob is moved by nobody, the tuner and people included.")
    )
    is_set = models.BooleanField(_("turned"), default=False, editable=False)
    memory = models.JSONField(default=dict, editable=False)
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now, editable=False)

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

    ``reason`` and ``outcome`` are codes that ``perf.tuning.words`` says in words. ``evidence`` holds the figures it was
    decided on, and ``before`` and ``after`` as ``perf.tuning.samples.Summary`` has them. Scores: higher is better.
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
    outcome = models.CharField(_("outcome"), max_length=60, blank=True)
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
            # What the tuner looks for every few seconds: what is being measured, what was suggested.
            models.Index(
                fields=["state"],
                name="idx_tuning_decisions_open",
                condition=models.Q(state__in=("watched", "suggested")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tunable_id}: {self.old:g} -> {self.new:g}"


class Tuner(models.Model):
    """The switch of the tuner: one row, and whoever turned it last."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    is_stopped = models.BooleanField(_("stopped"), default=False)
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("by")
    )

    class Meta:
        db_table = "tuner"
        verbose_name = _("switch of the tuner")
        verbose_name_plural = _("switch of the tuner")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="tuner_is_one")]

    def __str__(self) -> str:
        return str(_("stopped") if self.is_stopped else _("at work"))
