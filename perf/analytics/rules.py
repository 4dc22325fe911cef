"""Judges plain figures: how much time an operation or a resource cost beyond what is usual.

Time lost by an operation is calls x excess over its baseline. The excess of a call is the integral of (duration now -
usual duration) over the quantiles, taken at the two that are kept, the median and the 95th percentile, each standing
for the quantiles nearest to it (below and above .725). Before a baseline is learned, what lies over the target counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from perf.analytics.classes import Kind, OperationClass, Resource
from perf.analytics.history import Course, Level, Usual, Work, total

_MEDIAN_SHARE = 0.725
_TAIL_SHARE = 1 - _MEDIAN_SHARE
#: Less is noise: calls in the period, seconds lost an hour, and the part of the usual time that the loss makes up.
FEWEST_CALLS = 5
LEAST_SECONDS_AN_HOUR = 1.0
LEAST_PART = 0.1
_STEADY = 0.1


class Severity(StrEnum):
    """How much its class matters."""

    HIGH = "high"
    MEDIUM = "medium"


class Trend(StrEnum):
    """How the time lost an hour compares with the period before."""

    UP = "up"
    DOWN = "down"
    STEADY = "steady"
    NEW = "new"


SEVERITIES = {Kind.SLOW: Severity.HIGH, Kind.RESOURCE: Severity.MEDIUM, Kind.EXTERNAL: Severity.HIGH}


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """Something that costs time.

    ``lost_seconds`` in the period, ``lost_an_hour`` seconds an hour, ``before_an_hour`` the same in the period before
    (None: nothing was measured then). Of an operation: calls, errors and milliseconds of a call; ``usual`` is its
    baseline, and None stands for the target of its class. Of a resource: the mean and the highest level while it was
    over its limit, and the minutes that this lasted. ``share`` is the part (0 to 1) of all time of requests and jobs.
    ``parts``: what it spent its time in, as names of operations and parts (0 to 1), as far as that is measured.
    ``course``: milliseconds of a call, or the level, by slice of the period.
    """

    subject: str
    kind: Kind
    lost_seconds: float
    lost_an_hour: float
    before_an_hour: float | None
    course: tuple[float | None, ...]
    limit: float
    share: float | None = None
    calls: int = 0
    errors: int = 0
    mean_ms: float = 0.0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    max_ms: float = 0.0
    usual: Usual | None = None
    parts: tuple[tuple[str, float], ...] = ()
    level: float = 0.0
    highest: float = 0.0
    minutes: float = 0.0

    @property
    def severity(self) -> Severity:
        """That of its class."""
        return SEVERITIES[self.kind]

    @property
    def trend(self) -> Trend | None:
        """None when nothing was measured before."""
        if self.before_an_hour is None:
            return None
        if self.before_an_hour < LEAST_SECONDS_AN_HOUR:
            return Trend.NEW
        change = self.change or 0.0
        return Trend.STEADY if abs(change) <= _STEADY else Trend.UP if change > 0 else Trend.DOWN

    @property
    def change(self) -> float | None:
        """Of the time lost an hour, as a part of what it was; None when there was nothing to compare with."""
        if self.before_an_hour is None or self.before_an_hour < LEAST_SECONDS_AN_HOUR:
            return None
        return self.lost_an_hour / self.before_an_hour - 1


def operation_bottleneck(
    operation: str, course: Course[Work], usual: Usual | None, about: OperationClass, *, hours: float, whole_ms: float
) -> Bottleneck | None:
    """The time that an operation lost in a period of so many hours; None when it is not worth a word."""
    work = total(course.now)
    lost = lost_ms(course.now, usual, about) / 1000
    expected = (work.total_ms / 1000) - lost
    if work.calls < FEWEST_CALLS or lost < LEAST_SECONDS_AN_HOUR * hours or lost < LEAST_PART * expected:
        return None
    was_measured = any(course.before)
    return Bottleneck(
        subject=operation,
        kind=about.kind,
        lost_seconds=lost,
        lost_an_hour=lost / hours,
        before_an_hour=lost_ms(course.before, usual, about) / 1000 / hours if was_measured else None,
        course=tuple(each.mean(each.total_ms) if each else None for each in course.now),
        limit=usual.p50_ms if usual else about.target_ms,
        share=min(1.0, work.total_ms / whole_ms) if whole_ms else None,
        calls=work.calls,
        errors=work.errors,
        mean_ms=work.mean(work.total_ms),
        p50_ms=work.mean(work.p50_ms),
        p95_ms=work.mean(work.p95_ms),
        max_ms=work.max_ms,
        usual=usual,
    )


def lost_ms(slices: Sequence[Work | None], usual: Usual | None, about: OperationClass) -> float:
    """Milliseconds lost in these slices, 0 or more; calls of others that failed are lost as a whole."""
    if usual is None:
        lost = sum(_over(each, about.target_ms) for each in slices if each)
    else:
        work = total(slices)
        median = work.p50_ms - work.calls * usual.p50_ms
        tail = work.p95_ms - work.calls * usual.p95_ms
        lost = max(0.0, _MEDIAN_SHARE * median + _TAIL_SHARE * tail)
    if about.kind is Kind.EXTERNAL:
        lost += sum(each.errors * each.mean(each.total_ms) for each in slices if each)
    return min(lost, total(slices).total_ms)


def _over(work: Work, target_ms: float) -> float:
    """What the calls of a slice took beyond a target."""
    median = max(0.0, work.p50_ms - work.calls * target_ms)
    tail = max(0.0, work.p95_ms - work.calls * target_ms)
    return _MEDIAN_SHARE * median + _TAIL_SHARE * tail


def resource_bottleneck(
    about: Resource, course: Course[Level], work: Course[float], *, hours: float
) -> Bottleneck | None:
    """The time that work waited for a resource: in each slice over the limit, the part of all time beyond the limit.

    ``work``: milliseconds of all requests and jobs by slice.
    """
    over = [each for each in course.now if each and each.mean > about.limit]
    lost = _held_up_ms(about, course.now, work.now) / 1000
    if not over or lost < LEAST_SECONDS_AN_HOUR * hours:
        return None
    return Bottleneck(
        subject=about.gauge,
        kind=Kind.RESOURCE,
        lost_seconds=lost,
        lost_an_hour=lost / hours,
        before_an_hour=_held_up_ms(about, course.before, work.before) / 1000 / hours if any(course.before) else None,
        course=tuple(each.mean if each else None for each in course.now),
        limit=about.limit,
        level=sum(each.mean for each in over) / len(over),
        highest=max(each.high for each in over),
        minutes=len(over) * hours * 60 / len(course.now),
    )


def _held_up_ms(about: Resource, levels: Sequence[Level | None], work: Sequence[float | None]) -> float:
    return sum(
        (done or 0.0) * (1 - about.limit / level.mean)
        for level, done in zip(levels, work, strict=True)
        if level and level.mean > about.limit
    )
