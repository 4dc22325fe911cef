"""The rejected rows of a session as a workbook that can be mended and imported again."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext

from analysis.intake.errors import REASONS
from analysis.intake.rejected import write_rejected
from analysis.intake.types import BadRow
from analysis.models import RejectedRow, Session

_PAGE = 1000


def write_session_rejected(session: Session, target: Path | BinaryIO) -> int:
    """Write the session's rejected rows with the file's own columns in their order; returns how many."""
    kept = RejectedRow.objects.filter(session=session).order_by("row_number").iterator(chunk_size=_PAGE)
    rows = (BadRow(row.row_number, row.line, row.column, row.value, row.reason, row.cells) for row in kept)
    return write_rejected(
        target, session.source_columns, rows, origin=str(session.pk), label=lambda reason: gettext(REASONS[reason])
    )
