"""The knobs and their history."""

from __future__ import annotations

from django.contrib import admin

from perf.admin.base import Measured
from perf.models import Tunable, TuningDecision


@admin.register(Tunable)
class TunableAdmin(Measured):
    """The knobs as they stand."""

    list_display = ("name", "value", "low", "high", "step", "mode", "is_frozen", "changed_at")


@admin.register(TuningDecision)
class TuningDecisionAdmin(Measured):
    """Every turn of a knob."""

    list_display = ("tunable", "old", "new", "source", "state", "reason", "score_before", "score_after", "decided_at")
    list_filter = ("source", "state")
