"""Figures and times as the panels write them, in the reader's language."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format, number_format

from perf.history import Period
from perf.panels import Cell

NOTHING = "–"
_DAY = timedelta(days=1)


def number(value: float | None, digits: int = 0) -> str:
    """With separators; a dash for what is not known."""
    return NOTHING if value is None else str(number_format(round(value, digits), digits))


def share(value: float | None, digits: int = 0) -> str:
    """0 to 1, in per cent."""
    return NOTHING if value is None else f"{number(100 * value, digits)}\u00a0%"


def milliseconds(value: float | None) -> str:
    """Three figures that count: 4,21 ms, 1.250 ms."""
    if value is None:
        return NOTHING
    return f"{number(value, 0 if value >= 100 else 1 if value >= 10 else 2)}\u00a0ms"


def moment(when: datetime, *, days: bool = False) -> str:
    """The time of day, with the day before it where a period has several."""
    return str(date_format(timezone.localtime(when), "d/m H:i" if days else "H:i"))


def labels(period: Period) -> list[str]:
    """What stands below each bucket."""
    several = period.buckets * period.bucket > _DAY
    return [moment(each, days=several) for each in period.moments]


def width(part: float, whole: float) -> str:
    """Of a bar, 0 to 100, as SVG reads it."""
    return f"{100 * min(1.0, max(0.0, part / whole)):.1f}" if whole > 0 else "0"


def per_minute(period: Period, sums: list[int]) -> list[float]:
    """Sums of buckets as rates."""
    return [round(n / period.minutes_of(number), 2) for number, n in enumerate(sums)]


def twin(period: Period, columns: list[list[str]]) -> list[list[Cell]]:
    """Rows of a chart's table: the time of each bucket, the latest first, and a cell of each column."""
    rows = [[Cell(label), *(Cell(column[place]) for column in columns)] for place, label in enumerate(labels(period))]
    return rows[::-1]
