"""The state of all work: chunks with leases, and the workers that hold them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from analysis.models.base import PublicModel
from analysis.models.files import StoredFile
from analysis.models.sessions import Session


class ChunkKind(models.TextChoices):
    """What is to be done with the rows."""

    IMPORT = "import", _("import")
    ANALYSE = "analyse", _("analyse")


class ChunkState(models.TextChoices):
    """open -> leased -> done | failed; a lost lease makes it open again."""

    OPEN = "open", _("open")
    LEASED = "leased", _("in work")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class Chunk(PublicModel):
    """A range of row numbers of a session, or one file to import.

    A worker holds it by ``lease_token`` until ``lease_until``; whatever it writes is written only while the token
    is still its own. ``progress`` is the number of file rows stored (import) or comments finished (analysis), in
    the transaction that stored them. ``careful`` means one comment at a time: a worker died with this chunk.
    """

    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, related_name="chunks", db_index=False, verbose_name=_("session")
    )
    run = models.PositiveIntegerField(_("run"), default=0)
    kind = models.CharField(_("kind"), max_length=8, choices=ChunkKind, default=ChunkKind.ANALYSE)
    state = models.CharField(_("state"), max_length=10, choices=ChunkState, default=ChunkState.OPEN)
    first_row = models.PositiveIntegerField(_("first row"), default=0)
    last_row = models.PositiveIntegerField(_("last row"), default=0)
    size = models.PositiveIntegerField(_("comments"), default=0)
    progress = models.PositiveIntegerField(_("finished"), default=0)
    failed_count = models.PositiveIntegerField(_("set aside"), default=0)
    file = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("file")
    )
    careful = models.BooleanField(_("one at a time"), default=False)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    lease_token = models.UUIDField(_("lease"), null=True, blank=True)
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    worker = models.CharField(_("worker"), max_length=120, blank=True)
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        db_table = "chunks"
        verbose_name = _("chunk")
        verbose_name_plural = _("chunks")
        ordering = ("session_id", "run", "first_row")
        indexes = [
            # Progress and completion of a session's run.
            models.Index(fields=["session", "run", "first_row"], name="idx_chunks_session"),
            # The claim: the next open chunk of a session.
            models.Index(fields=["session", "first_row"], name="idx_chunks_open", condition=Q(state="open")),
            # The sweep: leases that ran out; a restarted worker's own.
            models.Index(fields=["lease_until"], name="idx_chunks_leased", condition=Q(state="leased")),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.first_row}–{self.last_row}"


class Worker(models.Model):
    """A worker's sign of life, in PostgreSQL so that it outlives the loss of Redis."""

    name = models.CharField(_("name"), max_length=120, primary_key=True)
    slot = models.CharField(_("slot"), max_length=80)
    pid = models.PositiveIntegerField(_("process"))
    queues = models.CharField(_("queues"), max_length=120)
    started_at = models.DateTimeField(_("started"))
    heartbeat_at = models.DateTimeField(_("last sign of life"))
    rss_mb = models.FloatField(_("memory (MB)"), default=0)
    chunks_done = models.PositiveIntegerField(_("chunks done"), default=0)

    class Meta:
        db_table = "workers"
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        ordering = ("slot", "-started_at")

    def __str__(self) -> str:
        return self.name
