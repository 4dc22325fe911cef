"""The bottlenecks of a period, the greatest loss of time first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from django.utils import timezone

from perf.analytics import history
from perf.analytics.classes import class_of, resources
from perf.analytics.history import Course, Work, total
from perf.analytics.periods import Period
from perf.analytics.rules import Bottleneck, operation_bottleneck, resource_bottleneck

_MOST_PARTS = 4


@dataclass(frozen=True, slots=True)
class TimeShare:
    """An operation that is no part of another, and its part (0 to 1) of all time that was spent."""

    operation: str
    calls: int
    seconds: float
    mean_ms: float
    share: float


def bottlenecks(period: Period, *, now: datetime | None = None) -> list[Bottleneck]:
    """Those of the period up to now, by time lost."""
    until = history.minute_of(now or timezone.now())
    measured = history.operations(period, until)
    work = _whole(measured, period)
    found = chain(_slow(measured, work, period), _short(work, period, until))
    return sorted(found, key=lambda each: -each.lost_seconds)


def where_time_went(period: Period, most: int = 10, *, now: datetime | None = None) -> list[TimeShare]:
    """The requests and jobs that took most of the time, slow or not."""
    measured = history.operations(period, history.minute_of(now or timezone.now()))
    works = {name: total(course.now) for name, course in measured.items() if class_of(name).is_whole}
    whole = sum(work.total_ms for work in works.values())
    ranked = sorted(works.items(), key=lambda each: -each[1].total_ms)[:most]
    return [
        TimeShare(name, work.calls, work.total_ms / 1000, work.mean(work.total_ms), work.total_ms / whole)
        for name, work in ranked
        if work.total_ms
    ]


def _slow(measured: Mapping[str, Course[Work]], work: Course[float], period: Period) -> list[Bottleneck]:
    usual, whole = history.usual(), sum(each or 0.0 for each in work.now)
    found = (
        operation_bottleneck(name, course, usual.get(name), class_of(name), hours=period.hours, whole_ms=whole)
        for name, course in measured.items()
    )
    return [replace(each, parts=_parts(each.subject, measured)) for each in found if each]


def _parts(operation: str, measured: Mapping[str, Course[Work]]) -> tuple[tuple[str, float], ...]:
    """The operations inside of it, with their part of the time of all operations that they may be inside of."""
    found = []
    for name, course in measured.items():
        inside = class_of(name).inside
        if inside and operation.startswith(inside):
            around = sum(total(each.now).total_ms for other, each in measured.items() if other.startswith(inside))
            found.append((name, min(1.0, total(course.now).total_ms / around) if around else 0.0))
    return tuple(sorted(found, key=lambda part: -part[1])[:_MOST_PARTS])


def _short(work: Course[float], period: Period, until: datetime) -> list[Bottleneck]:
    known = resources()
    levels = history.gauges(known, period, until)
    found = (resource_bottleneck(known[gauge], course, work, hours=period.hours) for gauge, course in levels.items())
    return [each for each in found if each]


def _whole(measured: Mapping[str, Course[Work]], period: Period) -> Course[float]:
    """Milliseconds of all operations that are no part of others, by slice."""
    courses = [course for name, course in measured.items() if class_of(name).is_whole]
    return Course(
        now=tuple(_sum(course.now[place] for course in courses) for place in range(period.slices)),
        before=tuple(_sum(course.before[place] for course in courses) for place in range(period.slices)),
    )


def _sum(works: Iterable[Work | None]) -> float:
    return sum(work.total_ms for work in works if work)
