"""Rows of a file that could not become comments, each with the reason why not."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from analysis.models.base import PublicModel
from analysis.models.sessions import Session


class RejectedRow(PublicModel):
    """``cells`` is the whole row (personal data masked) by the file's own column names, so that it can be handed
    back, mended and imported again under the same ``row_number``."""

    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, related_name="rejected_rows", db_index=False, verbose_name=_("session")
    )
    row_number = models.PositiveIntegerField(_("row"))
    line = models.PositiveIntegerField(_("line in the file"))
    column = models.CharField(_("column"), max_length=255, blank=True)
    value = models.CharField(_("value"), max_length=500, blank=True)
    reason = models.CharField(_("reason"), max_length=40)
    cells = models.JSONField(_("row"), default=dict)
    created_at = models.DateTimeField(_("rejected"), auto_now_add=True)

    class Meta:
        db_table = "rejected_rows"
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        ordering = ("session_id", "row_number")  # "session" would sort by the session's date
        constraints = [
            models.UniqueConstraint(fields=["session", "row_number"], name="rejected_once_a_row"),
        ]

    def __str__(self) -> str:
        return f"{self.row_number}: {self.reason}"
