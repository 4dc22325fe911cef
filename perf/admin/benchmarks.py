"""Benchmark runs: each as it was measured, their trend, two of them side by side, and as files."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from perf.admin.layers import layers_page
from perf.benchmarks.machine import is_busy
from perf.benchmarks.page import report, rows_of
from perf.benchmarks.report import machine_line, number, to_json
from perf.benchmarks.runner import missed
from perf.benchmarks.trends import compared, trends
from perf.models import BenchmarkRun

_CHOICES = 100
Page = Callable[..., HttpResponse]


def _for_viewers(view: Page) -> Page:
    """Whoever may not see runs is told that there is no such page."""

    @wraps(view)
    def guarded(self: BenchmarkRunAdmin, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.has_view_permission(request):
            raise Http404(_("There is no such page."))
        return view(self, request, *args, **kwargs)

    return method_decorator(require_safe)(guarded)


@admin.register(BenchmarkRun)
class BenchmarkRunAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Runs are made by ``manage.py benchmark``; superusers may delete those that measured a busy machine."""

    list_display = ("name", "created_at", "repeats", "duration", "verdict", "targets", "busy", "processor")
    list_filter = ("name",)
    show_full_result_count = False
    list_per_page = 50
    fields = ("name", "created_at", "repeats", "duration", "options", "machine")
    change_list_template = "perf/benchmarks/list.html"
    change_form_template = "perf/benchmarks/run.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """The pages beside Django's own."""
        guard, name = self.admin_site.admin_view, "perf_benchmarkrun"
        own = [
            path("trends/", guard(self.trend_page), name=f"{name}_trends"),
            path("compare/", guard(self.compare_page), name=f"{name}_compare"),
            path("layers/", guard(self.layers), name="perf_layers"),
            path("<uuid:object_id>/report.json", guard(self.json_file), name=f"{name}_json"),
            path("<uuid:object_id>/report.html", guard(self.html_file), name=f"{name}_html"),
        ]
        return own + super().get_urls()

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """The run with its figures drawn, and the runs that it may be held against."""
        run = kwargs.get("obj")
        if run is not None:
            context |= {
                "rows": rows_of(run),
                "machine": machine_line(run.machine),
                "is_busy": is_busy(run.machine),
                "missed": missed(run),
                "others": BenchmarkRun.objects.filter(name=run.name).exclude(pk=run.pk)[:_CHOICES],
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @_for_viewers
    def trend_page(self, request: HttpRequest) -> HttpResponse:
        """The figures of one benchmark over its latest runs, one picture each."""
        names = list(BenchmarkRun.objects.order_by("name").values_list("name", flat=True).distinct())
        name = request.GET.get("name") or (names[0] if names else "")
        if names and name not in names:
            raise Http404(_("There is no such benchmark."))
        return self._show(
            request,
            "trends",
            {"title": _("Trends of benchmarks"), "names": names, "name": name, "trends": trends(name)},
        )

    @_for_viewers
    def compare_page(self, request: HttpRequest) -> HttpResponse:
        """Two runs of the same benchmark side by side."""
        before, after = (_run_or_404(request.GET.get(key, "")) for key in ("before", "after"))
        if before.created_at > after.created_at:
            before, after = after, before
        if before.name != after.name:
            raise Http404(_("These are runs of different benchmarks."))
        context = {"title": _("Compare two runs"), "before": before, "after": after, "rows": compared(before, after)}
        return self._show(request, "compare", context)

    @_for_viewers
    def layers(self, request: HttpRequest) -> HttpResponse:
        """What each layer of optimisation does and gains."""
        return layers_page(request)

    @_for_viewers
    def json_file(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """The run as a file that ``--against`` reads."""
        run = _run_or_404(object_id)
        return _file(to_json([run]), "application/json", f"{run.name}.json")

    @_for_viewers
    def html_file(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """The run as a page for the disk."""
        run = _run_or_404(object_id)
        return _file(report([run]).encode(), "text/html; charset=utf-8", f"{run.name}.html")

    @admin.display(description=gettext_lazy("duration (s)"))
    def duration(self, run: BenchmarkRun) -> str:
        """Of the whole run."""
        return number(run.seconds)

    @admin.display(description=gettext_lazy("processor"))
    def processor(self, run: BenchmarkRun) -> str:
        """The machine's."""
        return str(run.machine.get("processor", "-"))

    @admin.display(description=gettext_lazy("quiet machine"), boolean=True)
    def busy(self, run: BenchmarkRun) -> bool | None:
        """Whether nobody else took a share of it; unknown for old runs."""
        return None if "waited" not in run.machine else not is_busy(run.machine)

    @admin.display(description=gettext_lazy("targets"))
    def targets(self, run: BenchmarkRun) -> str:
        """Those that were missed."""
        if not any(figure.get("target") is not None for figure in run.figures.values()):
            return "-"
        return "; ".join(missed(run)) or _("all met")

    @admin.display(description=gettext_lazy("against the run before"))
    def verdict(self, run: BenchmarkRun) -> str:
        """Which figures moved beyond noise."""
        if run.compared_with_id is None and not run.against:
            return "-"
        moved = ", ".join(f"{name}: {change['verdict']}" for name, change in sorted(run.changes.items()))
        return moved or _("no difference")

    def _show(self, request: HttpRequest, page: str, context: dict[str, Any]) -> HttpResponse:
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return render(request, f"perf/benchmarks/{page}.html", whole)


def _run_or_404(pk: Any) -> BenchmarkRun:
    try:
        return BenchmarkRun.objects.get(pk=pk)
    except (BenchmarkRun.DoesNotExist, ValidationError) as error:
        raise Http404(_("There is no such run.")) from error


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=kind, headers=disposition)
