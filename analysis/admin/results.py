"""What engines said of comments."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from analysis.admin.bounded import SessionBoundAdmin
from analysis.admin.display import as_json, excerpt
from analysis.models import AnalysisResult


@admin.register(AnalysisResult)
class AnalysisResultAdmin(SessionBoundAdmin):
    """Written by workers alone; a correction is kept beside them, in the comment."""

    list_display = ("beginning", "sentiment", "sentiment_score", "confidence", "language", "urgency", "churn_risk",
                    "engine_version", "is_current", "is_fallback", "created_at")  # fmt: skip
    list_select_related = ("comment",)
    bound_filters = ("sentiment", "is_current", "is_fallback", "rating_mismatch", "is_uninformative")
    # By way of the comments, whose index by session and row gives the order; results have none.
    session_path = "comment__session"
    bound_ordering = ("comment__session_id", "comment__row_number")
    fieldsets = (
        (None, {"fields": ("comment", "session", "kind", "engine", "engine_version", "is_current", "created_at")}),
        (
            _("Labels"),
            {
                "fields": (
                    "sentiment", "sentiment_score", "text_sentiment", "text_score", "rating_mismatch", "confidence",
                    "language", "guarani_share", "urgency", "churn_risk", "emotion_labels", "theme_labels",
                    "is_uninformative", "is_company_reply",
                )
            },
        ),
        (_("Evidence"), {"fields": ("evidence_spans", "detail", "is_fallback", "fallback_reason")}),
    )  # fmt: skip

    @admin.display(description=_("comment"))
    def beginning(self, result: AnalysisResult) -> str:
        """The first words of the comment."""
        return excerpt(result.comment.text, 60)

    @admin.display(description=_("emotions"))
    def emotion_labels(self, result: AnalysisResult) -> str:
        """As data."""
        return as_json(result.emotions)

    @admin.display(description=_("themes"))
    def theme_labels(self, result: AnalysisResult) -> str:
        """As data."""
        return as_json(result.themes)

    @admin.display(description=_("evidence"))
    def evidence_spans(self, result: AnalysisResult) -> str:
        """As data."""
        return as_json(result.evidence)

    @admin.display(description=_("details"))
    def detail(self, result: AnalysisResult) -> str:
        """As data."""
        return as_json(result.details)
