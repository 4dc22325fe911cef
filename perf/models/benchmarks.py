"""Benchmarks that were run."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from perf.models.base import new_id


class BenchmarkRun(models.Model):
    """One run of one benchmark on one machine.

    ``figures``: by name ``{unit, better, median, low, high, noise, values, interval, drift, target, why, place}``
    (``perf.benchmarks.statistics.Summary``; runs of older versions lack the last ones); ``noise`` is half the width of
    the band in which an equal run may fall. ``changes``: the figures that lie outside the noise of what the run was
    compared with, as ``{before, after, ratio, verdict}``. That is the last run of equal options on an equal machine, or
    one that was named; ``against`` says which, also where it is no row but a file.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("benchmark"), max_length=60)
    options = models.JSONField(_("options"), default=dict)
    machine = models.JSONField(_("machine"), default=dict)
    repeats = models.PositiveIntegerField(_("repeats"))
    seconds = models.FloatField(_("duration (s)"))
    figures = models.JSONField(_("figures"), default=dict)
    changes = models.JSONField(_("changes"), default=dict)
    compared_with = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("compared with"), db_index=False
    )
    against = models.CharField(_("reference"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("run at"), default=timezone.now)

    class Meta:
        db_table = "benchmark_runs"
        verbose_name = _("benchmark run")
        verbose_name_plural = _("benchmark runs")
        ordering = ("-created_at",)
        indexes = [
            # The last run of a benchmark: the comparison, the list in the admin.
            models.Index(fields=["name", "-created_at"], name="idx_benchmark_runs_last"),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.created_at:%Y-%m-%d %H:%M}"
