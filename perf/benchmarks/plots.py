"""Pictures of figures as SVG, for pages under a strict policy and for files: attributes only, no script, no style.

Coordinates are in units of the picture; colours and strokes are those of the classes in ``perf/benchmarks.css``, with
plain ones as attributes for where no style sheet is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_WIDTH, _HEIGHT, _EDGE = 320.0, 96.0, 8.0
_STRIP_HEIGHT = 26.0
_ROOM = 0.08  # of the span, above and below


@dataclass(frozen=True, slots=True)
class Point:
    """A run of a trend: the median of a figure and the band in which an equal run may fall."""

    at: datetime
    median: float
    noise: float
    words: str
    is_worse: bool = False
    is_better: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to places in the picture; ``turned`` for values that grow upwards."""

    low: float
    high: float
    begin: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return round(self.begin + share * (self.end - self.begin), 1)


def trend(points: Sequence[Point], label: str) -> SafeString:
    """Medians of runs, the oldest first, in their noise bands; the words of each show under the pointer."""
    values = [edge for point in points for edge in (point.median - point.noise, point.median + point.noise)]
    up = _scale(values, _HEIGHT - _EDGE, _EDGE)
    across = Scale(0, max(len(points) - 1, 1), _EDGE, _WIDTH - _EDGE)
    upper = [(across(place), up(point.median + point.noise)) for place, point in enumerate(points)]
    lower = [(across(place), up(point.median - point.noise)) for place, point in enumerate(points)]
    line = [(across(place), up(point.median)) for place, point in enumerate(points)]
    dots = format_html_join(
        "", '<circle class="dot {}" cx="{}" cy="{}" r="3.5" fill="{}"><title>{}</title></circle>',
        ((_tone(point), x, y, _fill(point), point.words) for point, (x, y) in zip(points, line, strict=True)),
    )  # fmt: skip
    return format_html(
        '<svg class="plot trend" viewBox="0 0 {} {}" role="img" aria-label="{}"><polygon class="band" points="{}" '
        'fill="#0f6e84" fill-opacity="0.15"/><polyline class="line" points="{}" fill="none" stroke="#0f6e84" '
        'stroke-width="1.5"/>{}</svg>',
        f"{_WIDTH:g}", f"{_HEIGHT:g}", label, _places([*upper, *reversed(lower)]), _places(line), dots,
    )  # fmt: skip


def strip(values: Sequence[float], median: float, noise: float, label: str, before: float | None = None) -> SafeString:
    """Each measurement as a dot, the noise band, the median, and the median of the other run where there is one."""
    edges = [*values, median - noise, median + noise, *([] if before is None else [before])]
    across = _scale(edges, _EDGE, _WIDTH - _EDGE)
    middle = _STRIP_HEIGHT / 2
    dots = format_html_join(
        "", '<circle class="dot" cx="{}" cy="{}" r="3" fill="#0f6e84" fill-opacity="0.6"/>',
        ((across(value), middle) for value in values),
    )  # fmt: skip
    begin, end = across(median - noise), across(median + noise)
    return format_html(
        '<svg class="plot strip" viewBox="0 0 {} {}" role="img" aria-label="{}"><rect class="band" x="{}" y="4" '
        'width="{}" height="18" fill="#0f6e84" fill-opacity="0.15"/>{}{}{}</svg>',
        f"{_WIDTH:g}", f"{_STRIP_HEIGHT:g}", label, begin, round(end - begin, 1),
        "" if before is None else _tick(across(before), "before", "#b7791f"),
        _tick(across(median), "median", "#0b4f60"), dots,
    )  # fmt: skip


def _tick(x: float, name: str, colour: str) -> SafeString:
    return format_html(
        '<line class="{}" x1="{}" x2="{}" y1="2" y2="24" stroke="{}" stroke-width="2"/>', name, x, x, colour
    )


def _tone(point: Point) -> str:
    return "worse" if point.is_worse else "better" if point.is_better else ""


def _fill(point: Point) -> str:
    return "#ba2121" if point.is_worse else "#2f7d4f" if point.is_better else "#0f6e84"


def _scale(values: Sequence[float], begin: float, end: float) -> Scale:
    low, high = min(values), max(values)
    room = (high - low) * _ROOM or abs(high) * _ROOM or 1.0
    return Scale(low - room, high + room, begin, end)


def _places(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
