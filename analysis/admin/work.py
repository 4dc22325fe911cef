"""Chunks of work, discoveries, and the workers that hold them."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analysis.admin.base import Admin, ReadOnly
from analysis.admin.display import excerpt
from analysis.models import Chunk, Discovery, Worker


@admin.register(Chunk)
class ChunkAdmin(ReadOnly, Admin):
    """About one for each thousand comments."""

    team_path = "session__team"
    list_display = ("session", "run", "kind", "state", "first_row", "last_row", "size", "progress", "failed_count",
                    "attempts", "careful", "worker", "lease_until", "trouble")  # fmt: skip
    list_select_related = ("session",)
    list_filter = ("state", "kind", "careful")

    def lookup_allowed(self, lookup: str, value: str, request: object) -> bool:
        """The session's page links here."""
        return lookup == "session__id__exact" or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    @admin.display(description=_("error"))
    def trouble(self, chunk: Chunk) -> str:
        """The beginning of the last error."""
        return excerpt(chunk.error, 60)


@admin.register(Discovery)
class DiscoveryAdmin(ReadOnly, Admin):
    """Groups and topics that were asked for; the lists of rows are left out."""

    team_path = "session__team"
    list_display = ("session", "kind", "query", "revision", "state", "attempts", "lease_until", "created_at",
                    "finished_at", "trouble")  # fmt: skip
    list_select_related = ("session",)
    list_filter = ("state", "kind")
    exclude = ("members", "result")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Discovery]:
        """Without what may be megabytes a row."""
        return super().get_queryset(request).defer("members", "result")

    @admin.display(description=_("error"))
    def trouble(self, discovery: Discovery) -> str:
        """The beginning of the error."""
        return excerpt(discovery.error, 60)


@admin.register(Worker)
class WorkerAdmin(ReadOnly, Admin):
    """Workers belong to the installation, not to a team."""

    list_display = ("name", "slot", "pid", "queues", "is_alive", "heartbeat_at", "memory", "chunks_done", "started_at")
    ordering = ("-heartbeat_at",)

    @admin.display(description=_("alive"), boolean=True)
    def is_alive(self, worker: Worker) -> bool:
        """Whether it gave a sign of life lately."""
        return worker.heartbeat_at > timezone.now() - timedelta(seconds=settings.WORKER_GONE_SECONDS)

    @admin.display(description=_("memory (MB)"))
    def memory(self, worker: Worker) -> str:
        """Resident memory."""
        return f"{worker.rss_mb:.0f}"
