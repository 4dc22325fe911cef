"""An uploaded file as it came, under a random name."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from analysis.models.base import PublicModel
from analysis.models.teams import Team


class StoredFile(PublicModel):
    """Name, size and sha256 of a file in ``MEDIA_ROOT``; ``stored_name`` is random, never the uploader's."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="files", verbose_name=_("team"))
    original_name = models.CharField(_("file name"), max_length=255)
    stored_name = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("uploaded by")
    )
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        ordering = ("-created_at",)
        indexes = [
            # "This file was imported before": the same bytes in the same team.
            models.Index(fields=["team", "sha256"], name="idx_files_sha256"),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def path(self) -> Path:
        """Where the bytes are."""
        return Path(settings.MEDIA_ROOT) / self.stored_name
