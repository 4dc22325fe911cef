"""What the query adviser found, and what was done about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from perf.models.base import new_id


class FindingKind(models.TextChoices):
    """What is wrong."""

    FULL_SCAN = "full_scan", _("a table is read from end to end")
    SORT = "sort", _("many rows are sorted for a few")
    NESTED_LOOPS = "nested_loops", _("loops within loops over many rows")
    LARGE_RESULT = "large_result", _("more rows are fetched than anybody reads")
    N_PLUS_ONE = "n_plus_one", _("one request asks the same again and again")
    MISSING_DOCUMENTED = "missing_documented", _("a documented index is missing")
    MISSING_KEY_INDEX = "missing_key_index", _("a reference has no index")
    UNUSED_INDEX = "unused_index", _("an index is not used")
    DUPLICATE_INDEX = "duplicate_index", _("an index is there twice")
    INVALID_INDEX = "invalid_index", _("an index is broken")


class FindingStatus(models.TextChoices):
    """What became of it."""

    OPEN = "open", _("open")
    TRIED = "tried", _("tried")
    APPLIED = "applied", _("applied")
    UNDONE = "undone", _("undone")
    DISMISSED = "dismissed", _("dismissed")
    GONE = "gone", _("gone")


class Finding(models.Model):
    """One thing that costs time in the database, by ``key``: a later look at the same thing updates the same row.

    ``statement`` holds no values. ``lost_ms`` is the time that its calls took in the last day. ``cost_before`` and
    ``cost_after`` are the planner's, ``is_tried`` when PostgreSQL planned with the index and nothing was estimated.
    ``index``: the advised index (``perf.advisor.spec``). ``measured``: what each kind of step measured.
    ``trend``: ``[time, lost_ms]`` of earlier looks.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=64, unique=True, editable=False)
    kind = models.CharField(_("what is wrong"), max_length=20, choices=FindingKind.choices)
    status = models.CharField(_("status"), max_length=9, choices=FindingStatus.choices, default=FindingStatus.OPEN)
    table = models.CharField(_("table"), max_length=63, blank=True)
    statement = models.TextField(_("statement"), blank=True)
    fingerprint = models.CharField(max_length=16, blank=True)
    place = models.CharField(_("place in the code"), max_length=300, blank=True)
    source = models.CharField(_("seen by"), max_length=20, blank=True)
    requests = models.JSONField(default=list)
    calls = models.PositiveBigIntegerField(_("calls in a day"), default=0)
    mean_ms = models.FloatField(_("mean (ms)"), default=0.0)
    lost_ms = models.FloatField(_("time lost in a day (ms)"), default=0.0)
    details = models.JSONField(default=dict)
    plan = models.JSONField(_("plan"), default=list)
    index = models.JSONField(null=True)
    fix = models.TextField(_("fix"), blank=True)
    cost_before = models.FloatField(null=True)
    cost_after = models.FloatField(null=True)
    is_tried = models.BooleanField(default=False)
    measured = models.JSONField(_("measured"), default=dict)
    trend = models.JSONField(_("trend"), default=list)
    first_seen = models.DateTimeField(_("first seen"), default=timezone.now)
    last_seen = models.DateTimeField(_("last seen"), default=timezone.now)

    class Meta:
        db_table = "query_findings"
        verbose_name = _("slow query")
        verbose_name_plural = _("slow queries")
        ordering = ("-lost_ms", "-last_seen")
        indexes = [
            # What is open, by time lost: the list in the admin, the bottlenecks.
            models.Index(fields=["status", "-lost_ms"], name="idx_query_findings_rank"),
        ]

    def __str__(self) -> str:
        where = self.table or self.place
        return f"{self.get_kind_display()}: {where}" if where else self.get_kind_display()


class StepKind(models.TextChoices):
    """What a superuser asked for."""

    TRY = "try", _("try")
    APPLY = "apply", _("apply")
    UNDO = "undo", _("undo")


class StepState(models.TextChoices):
    """Where it stands."""

    WAITING = "waiting", _("waiting for a worker")
    RUNNING = "running", _("being done")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class FindingStep(models.Model):
    """Something to be done about a finding; a worker does it, and the row is the job. ``result``: what was measured."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="steps", verbose_name=_("finding"))
    kind = models.CharField(_("step"), max_length=5, choices=StepKind.choices)
    state = models.CharField(_("state"), max_length=7, choices=StepState.choices, default=StepState.WAITING)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    result = models.JSONField(_("result"), default=dict)
    trouble = models.CharField(_("trouble"), max_length=60, blank=True)
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        db_table = "finding_steps"
        verbose_name = _("step about a slow query")
        verbose_name_plural = _("steps about slow queries")
        ordering = ("-asked_at",)
        constraints = [
            # One step of a finding at a time, however often somebody presses; also what waits, for the sweep.
            models.UniqueConstraint(
                fields=["finding"], condition=Q(state__in=("waiting", "running")), name="finding_step_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.get_state_display()}"
