"""Comments as they are stored, personal data masked, and what people corrected."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from analysis.admin.base import Admin, ReadOnly
from analysis.admin.bounded import SessionBoundAdmin
from analysis.admin.display import NONE, as_json, excerpt
from analysis.models import AnalysisResult, Comment, Correction, Sentiment


class ResultInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """What each engine version said."""

    model = AnalysisResult
    fields = ("engine", "engine_version", "is_current", "is_fallback", "sentiment", "sentiment_score", "confidence",
              "language", "urgency", "churn_risk", "created_at")  # fmt: skip
    readonly_fields = fields
    ordering = ("-created_at",)
    extra = 0
    show_change_link = True


class CorrectionInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """What people changed, newest first."""

    model = Correction
    fields = ("field", "old_value", "new_value", "created_by", "created_at")
    readonly_fields = fields
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the names of the people."""
        return super().get_queryset(request).select_related("created_by")


@admin.register(Comment)
class CommentAdmin(SessionBoundAdmin):
    """Corrections are made on the product's own pages, where they are previewed and can be undone."""

    list_display = ("row_number", "beginning", "sentiment", "rating", "nps_group", "status", "is_repeat", "session",
                    "created_at")  # fmt: skip
    list_display_links = ("row_number", "beginning")
    list_select_related = ("session",)
    bound_filters = (
        "status",
        "nps_group",
        ("duplicate_of", admin.EmptyFieldListFilter),
        ("corrected_at", admin.EmptyFieldListFilter),
    )
    bound_search = ("text", "customer_ref")
    search_help_text = _("A part of the comment or of the customer's number, within this session.")
    inlines = (ResultInline, CorrectionInline)
    fieldsets = (
        (None, {"fields": ("text", "session", "row_number", "status", "error", "attempts", "duplicate_of", "id")}),
        (
            _("From the file"),
            {
                "fields": (
                    "rating", "nps_group", "created_at", "has_date", "customer_ref", "region", "service", "channel",
                )
            },
        ),
        (
            _("Decided by people"),
            {
                "fields": (
                    "human_sentiment", "themes", "emotions", "human_urgency", "human_churn_risk", "corrected_at",
                    "corrected_by",
                )
            },
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the results that pages show."""
        current = AnalysisResult.objects.filter(is_current=True).only("comment_id", "sentiment", "sentiment_score")
        return super().get_queryset(request).prefetch_related(Prefetch("results", current, to_attr="current_results"))

    @admin.display(description=_("comment"))
    def beginning(self, comment: Comment) -> str:
        """The first words."""
        return excerpt(comment.text)

    @admin.display(description=_("sentiment"))
    def sentiment(self, comment: Comment) -> str:
        """The person's word, else the engine's with its score."""
        if comment.human_sentiment:
            return f"{Sentiment(comment.human_sentiment).label} ✎"
        results: list[AnalysisResult] = getattr(comment, "current_results", [])
        return f"{results[0].get_sentiment_display()} ({results[0].sentiment_score:+.2f})" if results else NONE

    @admin.display(description=_("repeat"), boolean=True)
    def is_repeat(self, comment: Comment) -> bool:
        """Whether an earlier comment has the same text."""
        return comment.duplicate_of_id is not None

    @admin.display(description=_("themes (human)"))
    def themes(self, comment: Comment) -> str:
        """As data."""
        return as_json(comment.human_themes)

    @admin.display(description=_("emotions (human)"))
    def emotions(self, comment: Comment) -> str:
        """As data."""
        return as_json(comment.human_emotions)


@admin.register(Correction)
class CorrectionAdmin(ReadOnly, Admin):
    """Every value that a person set."""

    team_path = "comment__session__team"
    list_display = ("created_at", "field", "old_value", "new_value", "created_by", "comment_row")
    list_select_related = ("created_by", "comment")
    list_filter = ("field",)
    fields = ("comment", "field", "old_value", "new_value", "engine_version", "created_by", "created_at")

    @admin.display(description=_("comment"))
    def comment_row(self, correction: Correction) -> str:
        """The first words of the comment."""
        return excerpt(correction.comment.text, 60)
