"""What was found in a session's comments when somebody asked: groups that say almost the same, topics."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from analysis.models.base import PublicModel
from analysis.models.sessions import Session


class DiscoveryKind(models.TextChoices):
    """What is looked for."""

    SIMILAR = "similar", _("comments that say almost the same")
    TOPICS = "topics", _("topics without a theme")


class DiscoveryState(models.TextChoices):
    """open -> leased -> done | failed; a lost lease makes it open again."""

    OPEN = "open", _("open")
    LEASED = "leased", _("in work")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class Discovery(PublicModel):
    """``query`` is the filter of the comments that were looked at, as its canonical query string; "" for all.

    ``members`` holds the comments as lists of row numbers: first those that are in no group, then each group's. Every
    comment looked at is in exactly one list. ``result`` says of each group what pages show, in the same order. A
    discovery made at an older ``revision`` than the session's is stale, and still says what it said.
    """

    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, related_name="discoveries", db_index=False, verbose_name=_("session")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=DiscoveryKind)
    query = models.CharField(_("filter"), max_length=1000, blank=True)
    revision = models.PositiveIntegerField(_("revision"))
    state = models.CharField(_("state"), max_length=8, choices=DiscoveryState, default=DiscoveryState.OPEN)
    result = models.JSONField(_("result"), default=dict, blank=True)
    members = models.JSONField(_("rows"), default=list, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_token = models.UUIDField(_("lease"), null=True, blank=True)
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("asked for"), auto_now_add=True)
    finished_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        db_table = "discoveries"
        verbose_name = _("discovery")
        verbose_name_plural = _("discoveries")
        ordering = ("-created_at",)
        indexes = [
            # The sweep and the heartbeat: what is not at an end.
            models.Index(fields=["state"], name="idx_discoveries_due", condition=Q(state__in=["open", "leased"])),
        ]
        constraints = [
            # Asked twice, made once; also the discoveries of a session.
            models.UniqueConstraint(fields=["session", "kind", "query", "revision"], name="discovery_once_a_revision"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.revision}"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.state in (DiscoveryState.DONE, DiscoveryState.FAILED)
