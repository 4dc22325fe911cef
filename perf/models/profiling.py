"""When somebody had requests or jobs recorded, and which recordings came of it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from perf.models.base import new_id


class ProfilingScope(models.TextChoices):
    """What a session records."""

    ALL = "all", _("every request")
    PATH = "path", _("requests whose path begins with …")
    VIEW = "view", _("requests to the page or endpoint named …")
    USER = "user", _("requests of one person")
    JOB = "job", _("background jobs")


_SHORT = {
    ProfilingScope.ALL: _("every request"),
    ProfilingScope.PATH: _("path"),
    ProfilingScope.VIEW: _("page"),
    ProfilingScope.USER: _("person"),
    ProfilingScope.JOB: _("jobs"),
}


class ProfilingSession(models.Model):
    """A while in which silk records what matches, in every process.

    It ends at ``ends_at``, or earlier when ``most`` recordings were kept or somebody stopped it; ``ended_at`` and
    ``ending`` are set in the latter two cases alone, so that nobody has to be there when its time is up.
    """

    class Ending(models.TextChoices):
        """What ended it before its time."""

        FULL = "full", _("as many as were wanted have been recorded")
        STOPPED = "stopped", _("stopped by hand")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scope = models.CharField(_("records"), max_length=8, choices=ProfilingScope.choices, default=ProfilingScope.ALL)
    target = models.CharField(
        _("path, name or kind"),
        max_length=190,
        blank=True,
        default="",
        help_text=_(
            "A path such as /sessions/, the name of a page such as “home”, or a kind of job (empty: all jobs)."
        ),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("person"),
        help_text=_("Whose requests, for “requests of one person”."),
    )
    with_python = models.BooleanField(
        _("profile Python too"),
        default=False,
        help_text=_("Says which functions took the time. What is recorded takes about twice as long meanwhile."),
    )
    most = models.PositiveIntegerField(_("recordings at most"), default=200)
    recorded = models.PositiveIntegerField(_("recordings"), default=0, editable=False)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("started by"),
    )
    started_at = models.DateTimeField(_("started at"), default=timezone.now, editable=False)
    ends_at = models.DateTimeField(_("ends at"), editable=False)
    ended_at = models.DateTimeField(_("ended early at"), null=True, editable=False)
    ending = models.CharField(_("ended because"), max_length=8, choices=Ending.choices, default="", editable=False)

    class Meta:
        db_table = "profiling_sessions"
        verbose_name = _("profiling session")
        verbose_name_plural = _("profiling sessions")
        ordering = ("-started_at",)
        indexes = [
            # Those that are open: looked for by every process every few seconds.
            models.Index(fields=["ends_at"], name="idx_profiling_open", condition=models.Q(ended_at=None)),
            # The history, the newest first: the list in the admin.
            models.Index(fields=["-started_at"], name="idx_profiling_history"),
        ]

    def __str__(self) -> str:
        about = str(self.user) if self.scope == ProfilingScope.USER else self.target
        return f"{_SHORT[ProfilingScope(self.scope)]} {about}".strip()

    def is_open(self, now: datetime | None = None) -> bool:
        """Whether it still records."""
        return self.ended_at is None and self.ends_at > (now or timezone.now())


class ProfiledRequest(models.Model):
    """That a recording of silk belongs to a session; goes when either does."""

    session = models.ForeignKey(ProfilingSession, on_delete=models.CASCADE, related_name="recordings")
    request = models.OneToOneField("silk.Request", on_delete=models.CASCADE, related_name="profiled")

    class Meta:
        db_table = "profiled_requests"
        verbose_name = _("recording of a session")
        verbose_name_plural = _("recordings of sessions")

    def __str__(self) -> str:
        return f"{self.session_id}: {self.request_id}"
