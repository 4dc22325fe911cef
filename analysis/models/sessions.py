"""A session: one body of comments, from its file to its results."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analysis.models.base import PublicModel
from analysis.models.files import StoredFile
from analysis.models.teams import Team


class SessionState(models.TextChoices):
    """uploaded -> mapping? -> importing -> queued -> running -> (paused | cancelling) -> an end."""

    UPLOADED = "uploaded", _("uploaded")
    MAPPING = "mapping", _("waiting for its columns")
    IMPORTING = "importing", _("importing")
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    PAUSED = "paused", _("paused")
    CANCELLING = "cancelling", _("cancelling")
    COMPLETED = "completed", _("completed")
    COMPLETED_WITH_ERRORS = "completed_with_errors", _("completed with errors")
    CANCELLED = "cancelled", _("cancelled")
    FAILED = "failed", _("failed")


#: States in which workers have, or will have, something to do.
ACTIVE_STATES = (SessionState.IMPORTING, SessionState.QUEUED, SessionState.RUNNING, SessionState.CANCELLING)
#: States that nothing leaves by itself.
FINAL_STATES = (
    SessionState.COMPLETED,
    SessionState.COMPLETED_WITH_ERRORS,
    SessionState.CANCELLED,
    SessionState.FAILED,
)


class Origin(models.TextChoices):
    """Which way a session came in."""

    PAGE = "page", _("page")
    API = "api", _("API")
    COMMAND = "command", _("command")
    SAMPLE = "sample", _("sample")


class Priority(models.TextChoices):
    """The queue that carries a session's hints."""

    HIGH = "high", _("high")
    DEFAULT = "default", _("normal")
    LOW = "low", _("low")


class OnOutage(models.TextChoices):
    """What a session does while no node of its engine answers."""

    FALLBACK = "fallback", _("provisional labels")
    WAIT = "wait", _("wait")


class Session(PublicModel):
    """Counts are kept in the transaction that stores the rows they count; the constraint below holds always.

    ``rows_total`` = ``comment_count`` (sent to the engine) + ``duplicate_count`` (folded into an earlier comment
    with the same text) + ``rejected_count``. ``revision`` grows with every change of the outcome and is part of
    each cache key.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="sessions", verbose_name=_("team"))
    name = models.CharField(_("name"), max_length=200)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin, default=Origin.PAGE)
    state = models.CharField(_("state"), max_length=24, choices=SessionState, default=SessionState.UPLOADED)
    failure_code = models.CharField(_("reason"), max_length=60, blank=True)
    failure_detail = models.TextField(_("detail"), blank=True)
    priority = models.CharField(_("priority"), max_length=8, choices=Priority, default=Priority.DEFAULT)
    engine = models.CharField(_("engine"), max_length=40, default="embedded")
    engine_version = models.CharField(_("engine version"), max_length=80, blank=True)
    sends_abroad = models.BooleanField(
        _("texts may be sent abroad"),
        default=False,
        db_default=False,  # for processes of the release before
        help_text=_("Whether its comments, with personal data masked, may be sent to engines in other countries."),
    )
    on_outage = models.CharField(
        _("when no engine answers"), max_length=8, choices=OnOutage, default=OnOutage.FALLBACK, db_default="fallback"
    )
    cost_limit = models.DecimalField(
        _("cost limit (USD)"), max_digits=12, decimal_places=6, null=True, blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("The most that this session may cost; empty: the budget of each session."),
    )  # fmt: skip
    pause_reason = models.CharField(_("reason of the pause"), max_length=20, blank=True, db_default="")
    file = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.SET_NULL, related_name="sessions", verbose_name=_("file")
    )
    read_options = models.JSONField(_("reading options"), default=dict, blank=True)

    source_columns = models.JSONField(_("columns of the file"), default=list, blank=True)
    rows_expected = models.PositiveIntegerField(_("rows expected"), null=True, blank=True)
    rows_total = models.PositiveIntegerField(_("rows"), default=0)
    comment_count = models.PositiveIntegerField(_("comments"), default=0)
    duplicate_count = models.PositiveIntegerField(_("duplicates folded"), default=0)
    rejected_count = models.PositiveIntegerField(_("rejected"), default=0)
    blank_count = models.PositiveIntegerField(_("blank lines"), default=0)
    teaches = models.BooleanField(
        _("corrections teach the engine"),
        default=True,
        help_text=_("Whether its corrections may become training data."),
    )
    pii_masked = models.JSONField(_("personal data masked"), default=dict, blank=True)
    run = models.PositiveIntegerField(_("run"), default=0)
    revision = models.PositiveIntegerField(_("revision"), default=0)

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    imported_at = models.DateTimeField(_("imported"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)

    class Meta:
        db_table = "sessions"
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ("-created_at",)
        indexes = [
            # A team's sessions, newest first: home, GET /sessions.
            models.Index(fields=["team", "-created_at", "-id"], name="idx_sessions_team"),
            # The sweep: what is not at an end.
            models.Index(
                fields=["state"],
                name="idx_sessions_active",
                condition=Q(state__in=["importing", "queued", "running", "cancelling"]),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="rows_are_comments_duplicates_or_rejected",
                condition=Q(rows_total=F("comment_count") + F("duplicate_count") + F("rejected_count")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stored_count(self) -> int:
        """Rows that are in ``comments``: firsts and repeats."""
        return self.comment_count + self.duplicate_count

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.state in FINAL_STATES
