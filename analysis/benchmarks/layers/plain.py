"""The queries of a session's pages, as the product asks them, and as a plain implementation would.

The plain ones are nowhere in the product: a page cut by COUNT and OFFSET, a query for each row's result, a query for
each number. They answer the same questions.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from analysis.insights import aggregates
from analysis.insights.comments import comments_for
from analysis.insights.filters import CommentFilter
from analysis.insights.paging import page_of
from analysis.models import AnalysisResult, Comment, CommentStatus, Session

Ask = Callable[[], Any]
_PAGE, _PLACE = 50, 400
_CODES = {
    "sentiment": ("positive", "neutral", "negative", "mixed"),
    "urgency": ("p0", "p1", "p2", "p3"),
    "churn_risk": ("none", "low", "medium", "high"),
    "language": ("es", "gn", "jopara", "en", "other"),
}


def product_queries(session: Session) -> list[Ask]:
    """As the product asks."""
    chosen = CommentFilter.parse({"session": str(session.pk), "sentiment": "negative"})
    mine = Session.objects.filter(pk=session.pk)
    columns = ("id", "text", "current__sentiment", "current__themes", "current__emotions")

    def page() -> object:
        return page_of(comments_for(chosen, sessions=mine), ordering="row_number", size=_PAGE, columns=columns).comments

    def numbers() -> object:
        return aggregates.count(CommentFilter(session=session.pk), mine)

    return [page, numbers, *_documented(session)]


def plain_queries(session: Session) -> list[Ask]:
    """As a plain implementation asks."""

    def page() -> object:
        rows = Comment.objects.filter(session=session, results__sentiment="negative", results__is_current=True)
        rows.count()
        return [
            (comment.text, AnalysisResult.objects.filter(comment=comment, is_current=True).first())
            for comment in rows.order_by("row_number")[:_PAGE]
        ]

    def numbers() -> object:
        current = AnalysisResult.objects.filter(session=session, is_current=True)
        counted = {
            (name, code): current.filter(**{name: code}).count() for name, codes in _CODES.items() for code in codes
        }
        themes = [theme["code"] for result in current for theme in result.themes]
        emotions = [emotion["code"] for result in current for emotion in result.emotions]
        return counted, {code: themes.count(code) for code in themes}, {code: emotions.count(code) for code in emotions}

    return [page, numbers, *_documented(session)]


def _documented(session: Session) -> list[Ask]:
    """Those that an index is there for; nobody would ask them in another way."""
    comments, results = Comment.objects.all(), AnalysisResult.objects.all()
    latest = comments.filter(session=session).latest("created_at").created_at
    period = (latest - timedelta(days=1), latest)
    dated = comments.filter(session=session, created_at__range=period, status=CommentStatus.DONE)
    return [
        lambda: list(comments.filter(created_at__range=period).order_by("created_at")[:_PAGE]),
        lambda: list(dated.order_by("created_at")[:_PAGE]),
        lambda: results.filter(session=session).order_by().count(),
        lambda: list(results.order_by("sentiment_score")[:_PAGE]),
        lambda: comments.get(session=session, row_number=_PLACE),
    ]
