"""What an engine said of a comment."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from analysis.models.base import PublicModel
from analysis.models.comments import Comment
from analysis.models.sessions import Session


class AnalysisKind(models.TextChoices):
    """Which labels a result holds; an engine that answers all of them at once files one row."""

    ALL = "all", _("all labels")
    SENTIMENT = "sentiment", _("sentiment")
    THEMES = "themes", _("themes")
    EMOTIONS = "emotions", _("emotions")


class Sentiment(models.TextChoices):
    """The four codes of the engines, with names for people."""

    POSITIVE = "positive", _("positive")
    NEUTRAL = "neutral", _("neutral")
    NEGATIVE = "negative", _("negative")
    MIXED = "mixed", _("mixed")


class AnalysisResult(PublicModel):
    """``sentiment`` and ``sentiment_score`` (-1..1) are fused with the rating where there is one; the ``text_``
    columns keep the text's own label. ``is_current`` marks the one that pages, API and exports show.
    """

    comment = models.ForeignKey(
        Comment, on_delete=models.CASCADE, related_name="results", db_index=False, verbose_name=_("comment")
    )
    # A copy of the comment's session for idx_analysis_session; what holds it true is the constraint on the comment.
    session = models.ForeignKey(
        Session,
        on_delete=models.CASCADE,
        related_name="results",
        db_index=False,
        db_constraint=False,
        verbose_name=_("session"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=AnalysisKind, default=AnalysisKind.ALL)
    engine = models.CharField(_("engine"), max_length=40)
    engine_version = models.CharField(_("engine version"), max_length=80)
    is_current = models.BooleanField(_("current"), default=True)
    is_fallback = models.BooleanField(_("fallback"), default=False)
    fallback_reason = models.CharField(_("reason of the fallback"), max_length=60, blank=True)

    sentiment = models.CharField(_("sentiment"), max_length=8, choices=Sentiment)
    sentiment_score = models.FloatField(_("score"))
    text_sentiment = models.CharField(_("sentiment of the text"), max_length=8, choices=Sentiment)
    text_score = models.FloatField(_("score of the text"))
    rating_mismatch = models.BooleanField(_("rating contradicts text"), default=False)
    confidence = models.FloatField(_("confidence"))
    language = models.CharField(_("language"), max_length=8)
    guarani_share = models.FloatField(_("share of Guarani"))
    urgency = models.CharField(_("urgency"), max_length=2)
    churn_risk = models.CharField(_("churn risk"), max_length=6)
    emotions = models.JSONField(_("emotions"), default=list)
    themes = models.JSONField(_("themes"), default=list)
    evidence = models.JSONField(_("evidence"), default=list)
    details = models.JSONField(_("details"), default=dict)
    is_uninformative = models.BooleanField(_("uninformative"), default=False)
    is_company_reply = models.BooleanField(_("reply of the company"), default=False)
    created_at = models.DateTimeField(_("analysed"))

    class Meta:
        db_table = "analysis_results"
        verbose_name = _("analysis result")
        verbose_name_plural = _("analysis results")
        indexes = [
            # The results of a session: aggregates, GET /sessions/{id}/results.
            models.Index(fields=["session"], name="idx_analysis_session"),
            # The worst and the best, over all sessions.
            models.Index(fields=["sentiment_score"], name="idx_sentiment_score"),
            # Results that stand in for an engine that did not answer: the sweep asks it again.
            models.Index(
                fields=["session"], name="idx_analysis_fallback", condition=Q(is_current=True, is_fallback=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["comment", "kind", "engine_version"], name="result_once_a_comment_kind_version"
            ),
            # A comment has one current result a kind; also the join from a page of comments to their results.
            models.UniqueConstraint(
                fields=["comment", "kind"], name="result_current_once", condition=Q(is_current=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sentiment} ({self.sentiment_score:+.2f}) · {self.engine}"
