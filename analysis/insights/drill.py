"""From a number of an overview to the filter of exactly the comments behind it.

Each function narrows the filter that the overview was made with. None means that nothing can be behind the number
(it is 0), because the filter already rules it out.
"""

from __future__ import annotations

from typing import Any

from analysis.insights.fields import start_of_day
from analysis.insights.filters import CommentFilter
from analysis.insights.overview import RATING_BINS, Point


def having(chosen: CommentFilter, field: str, value: Any) -> CommentFilter | None:
    """Comments whose one value of ``field`` is ``value``: ``having(chosen, "sentiment", "negative")``, also for true
    and false: ``having(chosen, "is_duplicate", True)``."""
    present = getattr(chosen, field)
    if isinstance(present, tuple):
        return chosen.where(**{field: (value,)}) if not present or value in present else None
    return chosen.where(**{field: value}) if present in (None, value) else None


def naming(chosen: CommentFilter, field: str, code: str, *, sentiment: str | None = None) -> CommentFilter:
    """Comments that name a "theme" (with that ``sentiment`` towards it), an "emotion" or a "competitor", besides
    others."""
    if not getattr(chosen, field) and not (field == "theme" and chosen.theme_sentiment):
        narrowed = chosen.where(**{field: (code,)})
        return narrowed.where(theme_sentiment=(sentiment,)) if sentiment else narrowed
    every = f"{field}__all"
    label = f"{code}:{sentiment}" if sentiment else code
    return chosen.where(**{every: tuple(sorted({*getattr(chosen, every), label}))})


def rated(chosen: CommentFilter, rating_bin: int) -> CommentFilter | None:
    """Comments in one of the ``rating_bins``."""
    least, most = chosen.rating__gte, chosen.rating__lt
    floor = float(rating_bin) if least is None else max(least, float(rating_bin))
    if rating_bin == RATING_BINS - 1:
        return _unless_empty(chosen.where(rating__gte=floor), floor, most)
    ceiling = float(rating_bin + 1) if most is None else min(most, float(rating_bin + 1))
    return _unless_empty(chosen.where(rating__gte=floor, rating__lt=ceiling), floor, ceiling)


def during(chosen: CommentFilter, point: Point) -> CommentFilter | None:
    """Comments dated within a point of the timeline."""
    start, end = start_of_day(point.start), start_of_day(point.end)
    if chosen.created_at__gte is not None:
        start = max(start, chosen.created_at__gte)
    if chosen.created_at__lt is not None:
        end = min(end, chosen.created_at__lt)
    dated = having(chosen, "has_date", True)
    return _unless_empty(dated.where(created_at__gte=start, created_at__lt=end), start, end) if dated else None


def _unless_empty(chosen: CommentFilter, start: Any, end: Any) -> CommentFilter | None:
    return chosen if end is None or start < end else None
