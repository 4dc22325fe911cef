"""Slow queries in the admin: the list, one of them with what to do, the indexes, and what superusers may ask for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, OrderBy, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from perf.admin.base import Measured
from perf.advisor import building, catalogue, figures, health, sources, steps, words
from perf.advisor.documented import all_documented
from perf.advisor.questions import ABOUT_FINDINGS, LOOK
from perf.models import Finding, FindingStatus, FindingStep, StepState
from perf.pages import is_superuser

_FIRST = (FindingStatus.OPEN, FindingStatus.TRIED)


@admin.register(Finding)
class FindingAdmin(Measured):
    """What costs time in the database, the costliest first."""

    list_display = ("finding", "lost", "status", "gain", "trend_line")
    list_filter = ("status", "kind")
    search_fields = ("table", "place")
    change_list_template = "perf/advice_list.html"
    change_form_template = "perf/advice_finding.html"

    def get_ordering(self, request: HttpRequest) -> tuple[OrderBy, str, str]:
        """What is open first, then by time lost."""
        first = Case(When(status__in=_FIRST, then=Value(0)), default=Value(1), output_field=IntegerField())
        return first.asc(), "-lost_ms", "-last_seen"

    def get_urls(self) -> list[URLPattern]:
        """The pages beside the list and the finding."""
        pages = [
            self._page("indexes/", "indexes", self.indexes_page),
            self._page("look/", "look", self.look_page),
            *(
                self._page(f"<uuid:object_id>/{what}/", what, partial(self.ask_page, what=what))
                for what in ABOUT_FINDINGS
            ),
        ]
        return [*pages, *super().get_urls()]

    def _page(self, route: str, name: str, view: Callable[..., HttpResponse]) -> URLPattern:
        methods = ["GET", "HEAD"] if name == "indexes" else ["GET", "HEAD", "POST"]
        guarded = require_http_methods(methods)(never_cache(_plain(view)))
        return path(route, self.admin_site.admin_view(guarded), name=f"perf_finding_{name}")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, and where it knows things from."""
        known = {
            "has_statistics": sources.has_statistics(),
            "title": _("Slow queries"),
        }
        return super().changelist_view(request, known | (extra_context or {}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One finding: evidence, fix, effect, what was done, and the buttons."""
        finding = self.get_object(request, object_id)
        context = _of_finding(finding, request) if finding else {}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def indexes_page(self, request: HttpRequest) -> HttpResponse:
        """All indexes of the product, and a verdict on each."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._show(request, "perf/advice_indexes.html", _of_indexes() | {"title": _("Indexes")})

    def look_page(self, request: HttpRequest) -> HttpResponse:
        """Have a worker look now."""
        _superusers_only(request)
        there = reverse("admin:perf_finding_changelist")
        if request.method == "POST":
            self._tell(request, is_sent=steps.hint_look())
            return HttpResponseRedirect(there)
        return self._show(request, "perf/advice_ask.html", {"question": LOOK, "title": LOOK.title, "back": there})

    def ask_page(self, request: HttpRequest, *, object_id: Any, what: str) -> HttpResponse:
        """Say what will happen, and on POST have it done."""
        _superusers_only(request)
        finding = get_object_or_404(Finding, pk=object_id)
        there = reverse("admin:perf_finding_change", args=[finding.pk])
        if request.method == "POST":
            self._ask(request, finding, what)
            return HttpResponseRedirect(there)
        question = ABOUT_FINDINGS[what]
        context = {"question": question, "title": question.title, "finding": finding, "back": there}
        context["advice"] = words.advice(finding)
        return self._show(request, "perf/advice_ask.html", context)

    def _ask(self, request: HttpRequest, finding: Finding, what: str) -> None:
        act = {"dismiss": steps.dismiss, "reopen": steps.reopen}.get(what) or partial(steps.ask, kind=what)
        try:
            act(finding=finding, actor=cast("User", request.user))
        except steps.NotNowError:
            message = _(
                "That cannot be done now: something is being done about this already, or its state has changed."
            )
            self.message_user(request, message, messages.ERROR)

    def _tell(self, request: HttpRequest, *, is_sent: bool) -> None:
        if is_sent:
            self.message_user(request, _("A worker was told. Reload this page in a few seconds."), messages.SUCCESS)
        else:
            self.message_user(request, _("Redis does not answer, so no worker could be told."), messages.ERROR)

    def _show(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        return render(request, template, {**self.admin_site.each_context(request), **context})

    @admin.display(description=gettext_lazy("slow query"))
    def finding(self, finding: Finding) -> SafeString:
        """What is wrong, where."""
        return render_to_string("perf/advice_name.html", {"finding": finding})

    @admin.display(description=gettext_lazy("lost in a day"), ordering="lost_ms")
    def lost(self, finding: Finding) -> SafeString | str:
        """The time that its calls took."""
        return render_to_string("perf/advice_time.html", {"ms": finding.lost_ms}) if finding.lost_ms else "-"

    @admin.display(description=gettext_lazy("gain"))
    def gain(self, finding: Finding) -> SafeString | str:
        """How many times faster, and how that is known."""
        effect = figures.effect(finding)
        return render_to_string("perf/advice_gain.html", {"effect": effect}) if effect else "-"

    @admin.display(description=gettext_lazy("trend"))
    def trend_line(self, finding: Finding) -> SafeString | str:
        """The time lost at the looks of the last days."""
        points = figures.trend_points(finding.trend)
        return render_to_string("perf/advice_trend.html", {"points": points}) if points else "-"


@admin.register(FindingStep)
class FindingStepAdmin(Measured):
    """What was asked for, by whom, and what came of it."""

    list_display = ("asked_at", "finding", "kind", "state", "actor", "trouble", "finished_at")
    list_select_related = ("finding", "actor")
    list_filter = ("kind", "state")


def _plain(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A function, as decorators of views want one."""

    def call(request: HttpRequest, **values: Any) -> HttpResponse:
        return view(request, **values)

    return call


def _superusers_only(request: HttpRequest) -> None:
    if not is_superuser(request):
        raise PermissionDenied


def _of_finding(finding: Finding, request: HttpRequest) -> dict[str, Any]:
    history = [(step, words.trouble(step.trouble) if step.trouble else "") for step in finding.steps.all()[:20]]
    is_busy = any(step.state in (StepState.WAITING, StepState.RUNNING) for step, _trouble in history)
    reasons = {words.reason(each["reason"]) for each in finding.measured.values() if each.get("reason")}
    return {
        "finding": finding,
        "title": finding.get_kind_display().capitalize(),
        "subtitle": None,
        "advice": words.advice(finding),
        "effect": figures.effect(finding),
        "reasons": sorted(reasons),
        "points": figures.trend_points(finding.trend),
        "history": history,
        "is_busy": is_busy,
        "progress": building.progress(finding.table) if is_busy else None,
        "buttons": _buttons(finding) if request.user.is_superuser and not is_busy else [],
    }


def _buttons(finding: Finding) -> list[tuple[str, Any]]:
    """Address and words of what may be asked for now."""
    offered = [kind for kind in ("apply", "try", "undo") if steps.may(finding, kind)]
    offered += ["dismiss"] if finding.status in (*_FIRST, FindingStatus.UNDONE) else []
    offered += ["reopen"] if finding.status == FindingStatus.DISMISSED else []
    return [(reverse(f"admin:perf_finding_{what}", args=[finding.pk]), ABOUT_FINDINGS[what].title) for what in offered]


def _of_indexes() -> dict[str, Any]:
    tables, indexes, documented = catalogue.tables(), catalogue.all_indexes(), all_documented()
    since = catalogue.counted_since()
    verdicts = health.judge(indexes, tables, documented, health.watched_for(since, timezone.now()))
    served = {each.name: each.serves for each in documented}
    rows = [(one.index, *words.verdict(one), served.get(one.index.name, "")) for one in verdicts]
    rows.sort(key=lambda row: (_TONES.index(row[1]), row[0].table, row[0].name))
    return {
        "rows": rows,
        "since": since,
        "size": sum(each.bytes for each in indexes),
        "missing": health.missing_documented(documented, indexes, tables),
        "documented": documented,
        "troubled": sum(tone in ("bad", "warn") for _index, tone, _text, _serves in rows),
    }


_TONES = ("bad", "warn", "", "good")
