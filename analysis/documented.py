"""The four indexes that the documentation names, each with the query that it was made for."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analysis.models import AnalysisResult, Comment, CommentStatus, Session
from perf.advisor.documented import DocumentedIndex, document

_PAGE = 50


def document_indexes() -> None:
    """Make them known to the query adviser."""
    document(DocumentedIndex("idx_comments_date", "comments", ("created_at",), _("comments of a day"), _of_a_day))
    document(
        DocumentedIndex(
            "idx_composite",
            "comments",
            ("session_id", "created_at", "status"),
            _("a session's comments of a period"),
            _of_a_session,
        )
    )
    document(
        DocumentedIndex(
            "idx_analysis_session", "analysis_results", ("session_id",), _("the results of a session"), _results
        )
    )
    document(
        DocumentedIndex(
            "idx_sentiment_score", "analysis_results", ("sentiment_score",), _("the worst of all comments"), _worst
        )
    )


def _of_a_day() -> QuerySet[Comment, Any]:
    day = _newest()
    period = (day - timedelta(days=1), day)
    return Comment.objects.filter(created_at__range=period).order_by("created_at").values_list("pk", "text")[:_PAGE]


def _of_a_session() -> QuerySet[Comment, Any]:
    day = _newest()
    mine = Comment.objects.filter(session=_session(), created_at__range=(day - timedelta(days=7), day))
    return mine.filter(status=CommentStatus.DONE).order_by("created_at").values_list("pk", "text")[:_PAGE]


def _results() -> QuerySet[AnalysisResult, Any]:
    return AnalysisResult.objects.filter(session=_session()).order_by().values_list("pk", "sentiment", "themes")


def _worst() -> QuerySet[AnalysisResult, Any]:
    return AnalysisResult.objects.order_by("sentiment_score").values_list("pk", "sentiment_score")[:_PAGE]


def _session() -> uuid.UUID:
    """The newest, or one that is not there."""
    return Session.objects.order_by("-created_at").values_list("pk", flat=True).first() or uuid.UUID(int=0)


def _newest() -> datetime:
    return Comment.objects.order_by("-created_at").values_list("created_at", flat=True).first() or timezone.now()
