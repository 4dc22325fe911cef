"""A comment: one row of the file, cleaned and with personal data masked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from analysis.models.base import PublicModel
from analysis.models.sessions import Session

if TYPE_CHECKING:
    from analysis.models.results import AnalysisResult


class CommentStatus(models.TextChoices):
    """Where a comment stands in the current run."""

    PENDING = "pending", _("pending")
    DONE = "done", _("labelled")
    FAILED = "failed", _("set aside")


class NpsGroup(models.TextChoices):
    """9-10, 7-8, 0-6."""

    PROMOTER = "promoter", _("promoter")
    PASSIVE = "passive", _("passive")
    DETRACTOR = "detractor", _("detractor")


class Comment(PublicModel):
    """``created_at`` is when the customer wrote it where the file says so, else when it was imported.

    The ``human_`` columns hold what a person decided; they win over every engine and survive re-analysis.
    """

    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, related_name="comments", db_index=False, verbose_name=_("session")
    )
    row_number = models.PositiveIntegerField(_("row"))
    text = models.TextField(_("comment"))
    fingerprint = models.UUIDField(editable=False)
    duplicate_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="duplicates",
        db_index=False,
        verbose_name=_("repeat of"),
    )
    rating = models.FloatField(_("rating (0 to 10)"), null=True, blank=True)
    nps_group = models.CharField(_("NPS group"), max_length=9, choices=NpsGroup, null=True, blank=True)
    customer_ref = models.CharField(_("customer"), max_length=80, blank=True)
    region = models.CharField(_("region"), max_length=120, blank=True)
    service = models.CharField(_("service"), max_length=120, blank=True)
    channel = models.CharField(_("channel"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("date"))
    has_date = models.BooleanField(_("date from the file"), default=False)
    status = models.CharField(_("status"), max_length=8, choices=CommentStatus, default=CommentStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("error"), max_length=200, blank=True)

    human_sentiment = models.CharField(_("sentiment (human)"), max_length=8, null=True, blank=True)
    human_themes = models.JSONField(_("themes (human)"), null=True, blank=True)
    human_emotions = models.JSONField(_("emotions (human)"), null=True, blank=True)
    human_urgency = models.CharField(_("urgency (human)"), max_length=2, null=True, blank=True)
    human_churn_risk = models.CharField(_("churn risk (human)"), max_length=6, null=True, blank=True)
    corrected_at = models.DateTimeField(_("corrected"), null=True, blank=True)
    corrected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("corrected by"),
    )

    #: The current result, on comments that `analysis.insights` joined with it; None where there is none yet.
    current: AnalysisResult | None = None

    class Meta:
        db_table = "comments"
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ("session_id", "row_number")  # "session" would sort by the session's date
        indexes = [
            # Comments of all sessions in a period; the admin's newest first.
            models.Index(fields=["created_at"], name="idx_comments_date"),
            # A session's comments by date and status: filters, the pending ones.
            models.Index(fields=["session", "created_at", "status"], name="idx_composite"),
            # The repeats of a comment: fan-out of verdicts, "said by n customers".
            models.Index(
                fields=["duplicate_of"],
                name="idx_comments_duplicates",
                condition=Q(duplicate_of__isnull=False),
            ),
        ]
        constraints = [
            # A row of the file becomes one comment, however often it is imported; also a session in row order.
            models.UniqueConstraint(fields=["session", "row_number"], name="comment_once_a_row"),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class Correction(PublicModel):
    """One value that a person set, with what it was before; undo writes another one."""

    comment = models.ForeignKey(
        Comment, on_delete=models.CASCADE, related_name="corrections", verbose_name=_("comment")
    )
    field = models.CharField(_("field"), max_length=20)
    old_value = models.JSONField(_("before"), null=True)
    new_value = models.JSONField(_("after"), null=True)
    engine_version = models.CharField(_("engine version"), max_length=80, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("corrected by")
    )
    created_at = models.DateTimeField(_("corrected"), auto_now_add=True)

    class Meta:
        db_table = "corrections"
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.field}: {self.old_value} → {self.new_value}"
