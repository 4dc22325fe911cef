"""Benchmark runs, as they were measured."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from perf.benchmarks.report import number
from perf.models import BenchmarkRun


@admin.register(BenchmarkRun)
class BenchmarkRunAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Runs are made by ``manage.py benchmark``; superusers may delete those that measured a busy machine."""

    list_display = ("name", "created_at", "repeats", "duration", "verdict", "processor")
    list_filter = ("name",)
    show_full_result_count = False
    list_per_page = 50
    fields = ("name", "created_at", "repeats", "duration", "options", "figure_table", "compared_with", "machine")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes."""
        return False

    @admin.display(description=_("duration (s)"))
    def duration(self, run: BenchmarkRun) -> str:
        """Of the whole run."""
        return number(run.seconds)

    @admin.display(description=_("processor"))
    def processor(self, run: BenchmarkRun) -> str:
        """The machine's."""
        return str(run.machine.get("processor", "-"))

    @admin.display(description=_("against the run before"))
    def verdict(self, run: BenchmarkRun) -> str:
        """Which figures moved beyond noise."""
        if run.compared_with_id is None:
            return "-"
        moved = ", ".join(f"{name}: {change['verdict']}" for name, change in sorted(run.changes.items()))
        return moved or str(_("no difference"))

    @admin.display(description=_("figures"))
    def figure_table(self, run: BenchmarkRun) -> SafeString:
        """Median, noise, extremes, and the change."""
        rows = format_html_join(
            "", "<tr><th>{}</th><td>{} {}</td><td>± {}</td><td>{} … {}</td><td>{}</td></tr>", _rows(run)
        )
        heads = format_html_join("", "<th>{}</th>", ((text,) for text in _HEADS))
        return format_html("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", heads, rows)


_HEADS = (_("figure"), _("median"), _("noise"), _("from … to"), _("since the last run"))


def _rows(run: BenchmarkRun) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, figure in run.figures.items():
        change = run.changes.get(name)
        moved = f"{change['verdict']}: {number(change['before'])} → {number(change['after'])}" if change else ""
        median, noise, low, high = (number(figure[key]) for key in ("median", "noise", "low", "high"))
        rows.append((name, median, figure["unit"], noise, low, high, moved))
    return rows
