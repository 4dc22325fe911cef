"""Rows are stored: COPY in batches, repeats folded, counts kept in the same transaction and checked.

Every function here runs in its caller's transaction. Django does not translate the errors of a COPY by itself.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable

import orjson
from django.conf import settings
from django.db import connection
from django.utils import timezone
from psycopg.types.json import Jsonb

from analysis.intake.errors import IntakeError
from analysis.intake.types import BadRow, Batch, CleanRow
from analysis.models import AnalysisResult, Comment, Correction, Discovery, RejectedRow, Session
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
_TALLY = """
UPDATE sessions
   SET rows_total = rows_total + %(rows)s, comment_count = comment_count + %(comments)s,
       duplicate_count = duplicate_count + %(duplicates)s, rejected_count = rejected_count + %(rejected)s,
       blank_count = blank_count + %(blank)s, revision = revision + 1,
       pii_masked = (SELECT coalesce(jsonb_object_agg(kind, number), '{}')
                       FROM (SELECT kind, sum(number::int) AS number
                               FROM (SELECT * FROM jsonb_each_text(pii_masked)
                                     UNION ALL SELECT * FROM jsonb_each_text(%(masked)s)) AS both_ (kind, number)
                              GROUP BY kind) AS summed)
 WHERE id = %(session)s
"""
_COUNT = """
SELECT s.rows_total, s.comment_count, s.duplicate_count, s.rejected_count,
       (SELECT count(*) FROM comments WHERE session_id = s.id AND duplicate_of_id IS NULL),
       (SELECT count(*) FROM comments WHERE session_id = s.id AND duplicate_of_id IS NOT NULL),
       (SELECT count(*) FROM rejected_rows WHERE session_id = s.id)
  FROM sessions s WHERE s.id = %(session)s
"""


def store_batch(session_id: uuid.UUID, batch: Batch) -> None:
    """Store a batch of a file's rows, good and bad, and count them."""
    good, bad = len(batch.good), len(batch.bad)
    copy_comments(session_id, batch.good)
    _copy_rejected(session_id, batch.bad)
    _tally(session_id, batch.good, rows=good + bad, comments=good, rejected=bad, blank=batch.blank)


def store_mended(session_id: uuid.UUID, batch: Batch) -> None:
    """Take in rows that were rejected before; whatever is a comment already stays as it is."""
    Session.objects.select_for_update().get(pk=session_id)
    rows = {row.row for row in batch.good} | {row.row for row in batch.bad}
    open_rows = RejectedRow.objects.filter(session_id=session_id, row_number__in=rows)
    waiting = set(open_rows.values_list("row_number", flat=True))
    good = {row.row: row for row in batch.good if row.row in waiting}
    bad = {row.row: row for row in batch.bad if row.row in waiting and row.row not in good}
    open_rows.delete()
    copy_comments(session_id, good.values())
    _copy_rejected(session_id, bad.values())
    _tally(session_id, good.values(), comments=len(good), rejected=-len(good))


def store_added(session_id: uuid.UUID, rows: Collection[CleanRow]) -> list[uuid.UUID]:
    """Store and count rows that came without a file; returns the ids of their comments in the same order."""
    ids = copy_comments(session_id, rows)
    _tally(session_id, rows, rows=len(rows), comments=len(rows))
    return ids


def copy_comments(session_id: uuid.UUID, rows: Iterable[CleanRow]) -> list[uuid.UUID]:
    """COPY the rows into ``comments``; returns their ids in the same order."""
    now = timezone.now()
    ids: list[uuid.UUID] = []
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(_COPY_COMMENTS) as copy:
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


def fold_duplicates(session_id: uuid.UUID) -> int:
    """Point repeats to the first comment with the same text; returns how many were folded now."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLD, {"session": session_id})
        folded = int(cursor.rowcount)
    _tally(session_id, (), comments=-folded, duplicates=folded)
    return folded


def check_counts(session_id: uuid.UUID) -> None:
    """Compare the session's counts with the rows themselves; raise ``IntakeError`` when they differ."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"session": session_id})
        rows, *kept_and_counted = cursor.fetchone()
    kept, counted = kept_and_counted[:3], kept_and_counted[3:]
    if kept != counted or sum(counted) != rows:
        raise IntakeError("counts_differ", {"counted": str(counted), "kept": str(kept)})


def erase(session: Session) -> None:
    """Delete all rows of a session, in the caller's transaction, one statement a table however many there are."""
    for model, path in (
        (AnalysisResult, "session"),
        (Correction, "comment__session"),
        (Comment, "session"),
        (RejectedRow, "session"),
        (Discovery, "session"),
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


def _copy_rejected(session_id: uuid.UUID, rows: Collection[BadRow]) -> None:
    if not rows:
        return
    now = timezone.now()
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(_COPY_REJECTED) as copy:
        for row in rows:
            cells = orjson.dumps(row.cells).decode()
            values = (new_id(), session_id, row.row, row.line, row.column[:255], row.value, row.reason, cells, now)
            copy.write_row(values)


def _tally(
    session_id: uuid.UUID,
    cleaned: Collection[CleanRow],
    *,
    rows: int = 0,
    comments: int = 0,
    duplicates: int = 0,
    rejected: int = 0,
    blank: int = 0,
) -> None:
    """Add to the session's counts, and what was masked in the cleaned rows; one statement, so that none is lost."""
    masked: Counter[str] = Counter()
    for row in cleaned:
        if row.pii:
            masked.update(row.pii)
    values = {
        "session": session_id, "rows": rows, "comments": comments, "duplicates": duplicates, "rejected": rejected,
        "blank": blank, "masked": Jsonb(dict(masked)),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_TALLY, values)  # type: ignore[arg-type]


def _moment(written_at: str | None) -> str | None:
    """A time stamp PostgreSQL reads in the product's zone, unless the file named an offset of its own."""
    if written_at is None:
        return None
    has_offset = len(written_at) > 10 and ("+" in written_at[10:] or "-" in written_at[10:] or written_at[-1] == "Z")
    return written_at if has_offset else f"{written_at} {settings.TIME_ZONE}"
