"""What was measured, minute by minute, and what is usual."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class OperationMinute(models.Model):
    """How an operation fared in one minute, over all processes.

    ``bins``: the sketch, calls by logarithmic bin of their duration (``perf.metrics.sketch``); sketches of several
    minutes are added bin by bin, and their percentiles are those of all calls together. Durations are milliseconds.
    """

    operation = models.CharField(_("operation"), max_length=120)
    minute = models.DateTimeField(_("minute"))
    calls = models.PositiveIntegerField(_("calls"))
    errors = models.PositiveIntegerField(_("errors"), default=0)
    total_ms = models.FloatField(_("time in all (ms)"))
    max_ms = models.FloatField(_("longest (ms)"))
    p50_ms = models.FloatField(_("median (ms)"))
    p95_ms = models.FloatField(_("95th percentile (ms)"))
    p99_ms = models.FloatField(_("99th percentile (ms)"))
    memory_mb = models.FloatField(_("memory (MB)"), default=0.0)
    bins = models.JSONField(default=dict)

    class Meta:
        db_table = "operation_minutes"
        verbose_name = _("minute of an operation")
        verbose_name_plural = _("minutes of operations")
        ordering = ("-minute", "operation")
        constraints = [
            # Written once a minute; the history of one operation.
            models.UniqueConstraint(fields=["operation", "minute"], name="operation_minute_once"),
        ]
        indexes = [
            # All operations of a period: bottlenecks, the dashboard, retention.
            models.Index(fields=["minute"], name="idx_operation_minutes_minute"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} · {self.minute:%Y-%m-%d %H:%M}"


class CounterMinute(models.Model):
    """How often something was counted in one minute, over all processes."""

    name = models.CharField(_("counter"), max_length=120)
    minute = models.DateTimeField(_("minute"))
    n = models.BigIntegerField(_("number"))

    class Meta:
        db_table = "counter_minutes"
        verbose_name = _("minute of a counter")
        verbose_name_plural = _("minutes of counters")
        ordering = ("-minute", "name")
        constraints = [models.UniqueConstraint(fields=["name", "minute"], name="counter_minute_once")]
        indexes = [models.Index(fields=["minute"], name="idx_counter_minutes_minute")]

    def __str__(self) -> str:
        return f"{self.name} · {self.minute:%Y-%m-%d %H:%M}"


class GaugeMinute(models.Model):
    """What a gauge (processor, memory, length of a queue, connections in use) showed in one minute."""

    name = models.CharField(_("gauge"), max_length=120)
    minute = models.DateTimeField(_("minute"))
    samples = models.PositiveIntegerField(_("samples"))
    mean = models.FloatField(_("mean"))
    low = models.FloatField(_("lowest"))
    high = models.FloatField(_("highest"))

    class Meta:
        db_table = "gauge_minutes"
        verbose_name = _("minute of a gauge")
        verbose_name_plural = _("minutes of gauges")
        ordering = ("-minute", "name")
        constraints = [models.UniqueConstraint(fields=["name", "minute"], name="gauge_minute_once")]
        indexes = [models.Index(fields=["minute"], name="idx_gauge_minutes_minute")]

    def __str__(self) -> str:
        return f"{self.name} · {self.minute:%Y-%m-%d %H:%M}"


class Baseline(models.Model):
    """What is usual for an operation: learned from its minutes, robust against a few bad ones."""

    operation = models.CharField(_("operation"), max_length=120, unique=True)
    p50_ms = models.FloatField(_("usual median (ms)"))
    p95_ms = models.FloatField(_("usual 95th percentile (ms)"))
    calls = models.PositiveIntegerField(_("calls it was learned from"))
    minutes = models.PositiveIntegerField(_("minutes it was learned from"))
    is_frozen = models.BooleanField(_("frozen"), default=False, help_text=_("A frozen baseline is not learned anew."))
    learned_at = models.DateTimeField(_("learned at"))

    class Meta:
        db_table = "baselines"
        verbose_name = _("baseline")
        verbose_name_plural = _("baselines")
        ordering = ("operation",)

    def __str__(self) -> str:
        return self.operation
