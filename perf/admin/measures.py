"""What was measured minute by minute, and what is usual."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from perf.admin.base import Measured
from perf.figures import short
from perf.models import Baseline, CounterMinute, GaugeMinute, OperationMinute


class RoomFilter(admin.SimpleListFilter):
    """The first word of the names: web, job, provider ..."""

    title = _("room")
    parameter_name = "room"
    rooms = ("web", "job", "chunk", "intake", "analysis", "insights", "export", "provider", "cache")

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        """Those of the product; the table is not searched for others."""
        return [(room, room) for room in self.rooms]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The names that begin so."""
        field = "operation" if hasattr(queryset.model, "operation") else "name"
        return queryset.filter(**{f"{field}__startswith": f"{self.value()}."}) if self.value() else queryset


@admin.register(OperationMinute)
class OperationMinuteAdmin(Measured):
    """Operations by the minute."""

    list_display = ("operation", "minute", "calls", "errors", "median", "p95", "p99", "longest", "memory")
    list_filter = (RoomFilter,)
    search_fields = ("operation",)
    search_help_text = _("Part of a name: web.home, provider, export.")
    date_hierarchy = "minute"
    fields = ("operation", "minute", "calls", "errors", "median", "p95", "p99", "longest", "total", "memory")
    readonly_fields = ("median", "p95", "p99", "longest", "total", "memory")

    @admin.display(description=_("median (ms)"), ordering="p50_ms")
    def median(self, row: OperationMinute) -> str:
        """Half of the calls were no longer."""
        return short(row.p50_ms)

    @admin.display(description=_("95th percentile (ms)"), ordering="p95_ms")
    def p95(self, row: OperationMinute) -> str:
        """Nineteen of twenty calls were no longer."""
        return short(row.p95_ms)

    @admin.display(description=_("99th percentile (ms)"), ordering="p99_ms")
    def p99(self, row: OperationMinute) -> str:
        """99 of 100 calls were no longer."""
        return short(row.p99_ms)

    @admin.display(description=_("longest (ms)"), ordering="max_ms")
    def longest(self, row: OperationMinute) -> str:
        """The longest call."""
        return short(row.max_ms)

    @admin.display(description=_("time in all (ms)"), ordering="total_ms")
    def total(self, row: OperationMinute) -> str:
        """Of all calls."""
        return short(row.total_ms)

    @admin.display(description=_("memory (MB)"), ordering="memory_mb")
    def memory(self, row: OperationMinute) -> str:
        """Of the largest process that called it."""
        return short(row.memory_mb)


@admin.register(CounterMinute)
class CounterMinuteAdmin(Measured):
    """Counters by the minute."""

    list_display = ("name", "minute", "n")
    list_filter = (RoomFilter,)
    search_fields = ("name",)
    date_hierarchy = "minute"


@admin.register(GaugeMinute)
class GaugeMinuteAdmin(Measured):
    """Gauges by the minute."""

    list_display = ("name", "minute", "shown_mean", "shown_low", "shown_high")
    search_fields = ("name",)
    date_hierarchy = "minute"

    @admin.display(description=_("mean"), ordering="mean")
    def shown_mean(self, row: GaugeMinute) -> str:
        """Of its samples."""
        return short(row.mean)

    @admin.display(description=_("lowest"), ordering="low")
    def shown_low(self, row: GaugeMinute) -> str:
        """Of its samples."""
        return short(row.low)

    @admin.display(description=_("highest"), ordering="high")
    def shown_high(self, row: GaugeMinute) -> str:
        """Of its samples."""
        return short(row.high)


@admin.register(Baseline)
class BaselineAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What is usual. A superuser may set it, freeze it, or forget it (delete), and then it is learned anew."""

    list_display = ("operation", "median", "p95", "calls", "minutes", "is_frozen", "learned_at")
    list_filter = ("is_frozen",)
    search_fields = ("operation",)
    fields = ("operation", "p50_ms", "p95_ms", "is_frozen", "calls", "minutes", "learned_at")
    readonly_fields = ("operation", "calls", "minutes", "learned_at")
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They are learned."""
        return False

    def save_model(self, request: HttpRequest, obj: Baseline, form: Any, change: bool) -> None:
        """What a person sets is frozen: learning would overwrite it within minutes."""
        if {"p50_ms", "p95_ms"} & set(form.changed_data):
            obj.is_frozen = True
        super().save_model(request, obj, form, change)

    @admin.display(description=_("usual median (ms)"), ordering="p50_ms")
    def median(self, row: Baseline) -> str:
        """What half of the calls do not exceed."""
        return short(row.p50_ms)

    @admin.display(description=_("usual 95th percentile (ms)"), ordering="p95_ms")
    def p95(self, row: Baseline) -> str:
        """What nineteen of twenty calls do not exceed."""
        return short(row.p95_ms)
