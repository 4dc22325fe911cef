"""Rows are stored: COPY in batches, repeats folded, counts kept in the same transaction and checked.

Every function here runs in its caller's transaction, which locks the session's row before it counts.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

import orjson
from django.conf import settings
from django.db import connection
from django.utils import timezone

from analysis.intake.errors import IntakeError
from analysis.intake.types import BadRow, Batch, CleanRow
from analysis.models import AnalysisResult, Comment, Correction, RejectedRow, Session
from analysis.models.base import new_id

_COPY_COMMENTS = """
COPY comments (id, session_id, row_number, text, fingerprint, rating, nps_group, customer_ref, region, service,
               channel, created_at, has_date, status, attempts, error) FROM STDIN
"""
_COPY_REJECTED = """
COPY rejected_rows (id, session_id, row_number, line, "column", value, reason, cells, created_at) FROM STDIN
"""
# The first comment with a text is the one that was stored first (ids are ordered by time): a first never becomes
# a repeat later. A window and a join by primary key need no statistics, which a table just filled does not have.
_FOLD = """
UPDATE comments c SET duplicate_of_id = f.first
  FROM (SELECT id, first_value(id) OVER (PARTITION BY fingerprint ORDER BY id) AS first
          FROM comments WHERE session_id = %(session)s AND duplicate_of_id IS NULL) f
 WHERE c.id = f.id AND f.first <> f.id
"""
_COUNT = """
SELECT (SELECT count(*) FILTER (WHERE duplicate_of_id IS NULL) FROM comments WHERE session_id = %(session)s),
       (SELECT count(*) FILTER (WHERE duplicate_of_id IS NOT NULL) FROM comments WHERE session_id = %(session)s),
       (SELECT count(*) FROM rejected_rows WHERE session_id = %(session)s)
"""


def store_batch(session_id: uuid.UUID, batch: Batch) -> None:
    """Store a batch of a file's rows, good and bad, and count them."""
    session = Session.objects.select_for_update().get(pk=session_id)
    copy_comments(session_id, batch.good)
    _copy_rejected(session_id, batch.bad)
    session.rows_total += len(batch.good) + len(batch.bad)
    session.comment_count += len(batch.good)
    session.rejected_count += len(batch.bad)
    session.blank_count += batch.blank
    _count_masked(session, batch.good)
    session.save(
        update_fields=["rows_total", "comment_count", "rejected_count", "blank_count", "pii_masked", "revision"]
    )


def store_mended(session_id: uuid.UUID, batch: Batch) -> None:
    """Take in rows that were rejected before; whatever is a comment already stays as it is."""
    session = Session.objects.select_for_update().get(pk=session_id)
    rows = {row.row for row in batch.good} | {row.row for row in batch.bad}
    open_rows = RejectedRow.objects.filter(session_id=session_id, row_number__in=rows)
    waiting = set(open_rows.values_list("row_number", flat=True))
    good = {row.row: row for row in batch.good if row.row in waiting}
    bad = {row.row: row for row in batch.bad if row.row in waiting and row.row not in good}
    open_rows.delete()
    copy_comments(session_id, good.values())
    _copy_rejected(session_id, bad.values())
    session.comment_count += len(good)
    session.rejected_count -= len(good)
    _count_masked(session, good.values())
    session.save(update_fields=["comment_count", "rejected_count", "pii_masked", "revision"])


def copy_comments(session_id: uuid.UUID, rows: Iterable[CleanRow]) -> list[uuid.UUID]:
    """COPY the rows into ``comments``; returns their ids in the same order."""
    now = timezone.now()
    ids: list[uuid.UUID] = []
    with connection.cursor() as cursor, cursor.copy(_COPY_COMMENTS) as copy:
        for row in rows:
            ids.append(comment_id := new_id())
            copy.write_row(
                (
                    comment_id, session_id, row.row, row.text, row.fingerprint, row.rating, row.nps_group,
                    row.customer_ref, row.region, row.service, row.channel, _moment(row.written_at) or now,
                    row.written_at is not None, "pending", 0, "",
                )
            )  # fmt: skip
    return ids


def count_added(session: Session, rows: Collection[CleanRow]) -> None:
    """Count rows that came in without a file; the caller has locked the session."""
    session.rows_total += len(rows)
    session.comment_count += len(rows)
    _count_masked(session, rows)
    session.save(update_fields=["rows_total", "comment_count", "pii_masked", "revision"])


def fold_duplicates(session: Session) -> int:
    """Point repeats to the first comment with the same text; returns how many were folded now."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLD, {"session": session.pk})
        folded = cursor.rowcount
    session.comment_count -= folded
    session.duplicate_count += folded
    session.save(update_fields=["comment_count", "duplicate_count"])
    return int(folded)


def check_counts(session: Session) -> None:
    """Compare the session's counts with the rows themselves; raise ``IntakeError`` when they differ."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"session": session.pk})
        counted = cursor.fetchone()
    kept = (session.comment_count, session.duplicate_count, session.rejected_count)
    if tuple(counted) != kept or sum(counted) != session.rows_total:
        raise IntakeError("counts_differ", {"counted": str(list(counted)), "kept": str(list(kept))})


def erase(session: Session) -> None:
    """Delete all rows of a session, in the caller's transaction, one statement a table however many there are."""
    for model, path in (
        (AnalysisResult, "session"),
        (Correction, "comment__session"),
        (Comment, "session"),
        (RejectedRow, "session"),
    ):
        doomed = model._default_manager.filter(**{path: session})
        doomed._raw_delete(doomed.db)
    session.rows_total = session.comment_count = session.duplicate_count = session.rejected_count = 0
    session.blank_count, session.pii_masked = 0, {}
    session.save()


def error_detail(error: IntakeError) -> str:
    """Message and hint in English with their parameters, as JSON for the page that translates them."""
    return orjson.dumps({"message": error.message, "hint": error.hint, "params": error.params}).decode()


def stored_error(session: Session) -> IntakeError:
    """The error that ended a session's import, as it was raised."""
    try:
        return IntakeError(session.failure_code, orjson.loads(session.failure_detail)["params"])
    except (KeyError, TypeError, orjson.JSONDecodeError):
        return IntakeError("import_failed")


def _copy_rejected(session_id: uuid.UUID, rows: Iterable[BadRow]) -> None:
    now = timezone.now()
    with connection.cursor() as cursor, cursor.copy(_COPY_REJECTED) as copy:
        for row in rows:
            cells = orjson.dumps(row.cells).decode()
            values = (new_id(), session_id, row.row, row.line, row.column[:255], row.value, row.reason, cells, now)
            copy.write_row(values)


def _count_masked(session: Session, rows: Iterable[CleanRow]) -> None:
    total: dict[str, int] = dict(session.pii_masked)
    for row in rows:
        for kind, number in row.pii.items():
            total[kind] = total.get(kind, 0) + number
    session.pii_masked = total
    session.revision += 1


def _moment(written_at: str | None) -> str | None:
    """A time stamp PostgreSQL reads in the product's zone, unless the file named an offset of its own."""
    if written_at is None:
        return None
    has_offset = len(written_at) > 10 and ("+" in written_at[10:] or "-" in written_at[10:] or written_at[-1] == "Z")
    return written_at if has_offset else f"{written_at} {settings.TIME_ZONE}"
