"""What was measured minute by minute, and what is usual."""

from __future__ import annotations

from django.contrib import admin

from perf.admin.base import Measured
from perf.models import Baseline, CounterMinute, GaugeMinute, OperationMinute


@admin.register(OperationMinute)
class OperationMinuteAdmin(Measured):
    """Operations by the minute."""

    list_display = ("operation", "minute", "calls", "errors", "p50_ms", "p95_ms", "p99_ms", "memory_mb")
    search_fields = ("operation",)
    date_hierarchy = "minute"


@admin.register(CounterMinute)
class CounterMinuteAdmin(Measured):
    """Counters by the minute."""

    list_display = ("name", "minute", "n")
    search_fields = ("name",)


@admin.register(GaugeMinute)
class GaugeMinuteAdmin(Measured):
    """Gauges by the minute."""

    list_display = ("name", "minute", "mean", "low", "high")
    search_fields = ("name",)


@admin.register(Baseline)
class BaselineAdmin(Measured):
    """What is usual."""

    list_display = ("operation", "p50_ms", "p95_ms", "calls", "is_frozen", "learned_at")
    search_fields = ("operation",)
