"""The page that ranks what costs time, and the one that says why an operation is slow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from perf.analytics import PERIODS, Bottleneck, Kind, Period, Severity, bottlenecks, period_of, where_time_went, words
from perf.analytics.classes import class_of
from perf.models import ProfilingScope, ProfilingSession
from perf.pages import is_superuser, staff_page
from perf.profiling import evidence
from perf.profiling.sessions import MINUTES

WIDTH, HEIGHT = 120.0, 32.0


@dataclass(frozen=True, slots=True)
class Spark:
    """A small drawing: the path of the values and the height of the line they are held against."""

    path: str
    limit: str


@dataclass(frozen=True, slots=True)
class Card:
    """One bottleneck, in words."""

    found: Bottleneck
    name: str
    label: str
    kind: str
    severity: str
    tone: str
    lost: str
    trend: str
    evidence: list[str]
    action: str
    page: str
    page_label: str
    spark: Spark
    why: str
    recordings: int


@dataclass(frozen=True, slots=True)
class Target:
    """What a profiling session would record of an operation, and under which name silk has it."""

    scope: ProfilingScope
    target: str
    view: str
    method: str = ""


@staff_page("perf.view_operationminute")
def bottleneck_page(request: HttpRequest) -> HttpResponse:
    """For staff who may see what was measured; for others there is no such page (404)."""
    period = period_of(request.GET.get("period", ""))
    context = {
        **_frame(request, _("Bottlenecks"), period),
        "cards": cards(period),
        "spent": _spent(period),
        "open": _open_sessions(),
    }
    return render(request, "perf/bottlenecks.html", context)


@require_safe
@never_cache
def why_page(request: HttpRequest) -> HttpResponse:
    """What was recorded of an operation; for superusers, like silk."""
    if not is_superuser(request):
        raise Http404(_("There is no such page."))
    operation = request.GET.get("of", "")
    target = target_of(operation)
    if target is None:
        raise Http404(_("There is no such page."))
    period = period_of(request.GET.get("period", ""))
    found = evidence.of_view(target.view, timezone.now() - period.length, target.method)
    card = next((each for each in cards(period) if each.found.subject == operation), None)
    context = {
        **_frame(request, _("Why is it slow?"), period),
        "operation": operation,
        "name": words.name_of(operation),
        "card": card,
        "target": target,
        "found": shown(found),
        "minutes": MINUTES,
        "open": [each for each in _open_sessions() if (each.scope, each.target) == (target.scope, target.target)],
    }
    return render(request, "perf/bottleneck_why.html", context)


def cards(period: Period) -> list[Card]:
    """The bottlenecks of the period."""
    found = bottlenecks(period)
    targets = {each.subject: target_of(each.subject) for each in found}
    views = [target.view for target in targets.values() if target]
    recorded = evidence.recordings_of(views, timezone.now() - period.length)
    return [_card(each, period, targets[each.subject], recorded) for each in found]


def _card(found: Bottleneck, period: Period, target: Target | None, recorded: dict[str, int]) -> Card:
    page, page_label = words.page(found)
    return Card(
        found=found,
        name=words.name_of(found.subject),
        label="" if found.kind is Kind.RESOURCE else words.label(found),
        kind=str(words.KINDS[found.kind]),
        severity=str(words.SEVERITIES[found.severity]),
        tone="bad" if found.severity is Severity.HIGH else "warn",
        lost=words.duration(found.lost_an_hour * 1000),
        trend=words.trend(found),
        evidence=words.evidence(found),
        action=words.action(found),
        page=reverse(page) if page else "",
        page_label=page_label,
        spark=drawn(found.course, found.limit),
        why=f"{reverse('bottleneck-why')}?{urlencode({'of': found.subject, 'period': period.code})}" if target else "",
        recordings=recorded.get(target.view, 0) if target else 0,
    )


def target_of(operation: str) -> Target | None:
    """A request is recorded by the name of its URL, a job by its kind, a step of a job with the job."""
    about = class_of(operation)
    if about.inside.startswith("job."):
        operation = about.inside
    if operation.startswith("job."):
        return Target(ProfilingScope.JOB, operation.removeprefix("job."), operation)
    if operation.startswith("web."):
        view, _dot, method = operation.removeprefix("web.").rpartition(".")
        return Target(ProfilingScope.VIEW, view, view, method.upper())
    return None


def drawn(course: Sequence[float | None], limit: float) -> Spark:
    """Values as an SVG path with gaps where nothing was measured, the highest at the top."""
    highest = max([limit, *(each for each in course if each is not None)]) or 1.0
    step = WIDTH / max(1, len(course) - 1)
    path, is_drawing = "", False
    for place, value in enumerate(course):
        if value is not None:
            path += f"{'L' if is_drawing else 'M'}{place * step:.1f} {_height(value, highest)}h.1"
        is_drawing = value is not None
    return Spark(path, _height(limit, highest))


def shown(found: evidence.Evidence) -> dict[str, Any]:
    """What was recorded, with times in words."""
    return {
        "all": found,
        "mean": words.duration(found.mean_ms),
        "statements_share": words.percent(found.statements_share),
        "python_share": words.percent(1 - found.statements_share),
        "statements": [
            (each, words.duration(each.ms), words.duration(each.mean_ms), words.percent(each.share), _bar(each.share))
            for each in found.statements
        ],
        "recordings": [
            (each, words.duration(each.ms), words.duration(each.statements_ms)) for each in found.recordings
        ],
    }


def _spent(period: Period) -> list[dict[str, str]]:
    return [
        {
            "name": words.name_of(each.operation),
            "calls": words.whole(each.calls),
            "mean": words.duration(each.mean_ms),
            "time": words.duration(each.seconds * 1000),
            "share": words.percent(each.share),
            "bar": _bar(each.share),
        }
        for each in where_time_went(period)
    ]


def _frame(request: HttpRequest, title: str, period: Period) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": title,
        "period": period,
        "periods": PERIODS,
    }


def _open_sessions() -> list[ProfilingSession]:
    still = ProfilingSession.objects.filter(ended_at=None, ends_at__gt=timezone.now())
    return list(still.select_related("user"))


def _height(value: float, highest: float) -> str:
    return f"{HEIGHT - 1 - (HEIGHT - 2) * value / highest:.1f}"


def _bar(share: float) -> str:
    return f"{100 * share:.1f}"
