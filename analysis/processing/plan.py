"""A session is cut into chunks: ranges of row numbers that hold about as many texts each."""

from __future__ import annotations

import math
import uuid

from django.conf import settings
from django.db import connection

from analysis.models import Chunk, ChunkKind, Session
from analysis.processing.heartbeat import workers_alive

_SMALLEST_CHUNK = 100

#: What an engine must read: pending comments that are no repeat of another pending one.
TO_LABEL = """
    c.session_id = %(session)s AND c.status = 'pending'
    AND (c.duplicate_of_id IS NULL
         OR EXISTS (SELECT 1 FROM comments f WHERE f.id = c.duplicate_of_id AND f.status <> 'pending'))
"""

_COUNT = f"SELECT count(*) FROM comments c WHERE {TO_LABEL}"  # noqa: S608 - a constant

# The size of a chunk is what it will finish: its texts and their repeats, wherever those stand.
_RANGES = """
WITH texts AS (
    SELECT CASE WHEN f.status = 'pending' THEN f.row_number ELSE c.row_number END AS row_number, count(*) AS comments
      FROM comments c LEFT JOIN comments f ON f.id = c.duplicate_of_id
     WHERE c.session_id = %(session)s AND c.status = 'pending' GROUP BY 1
), parts AS (
    SELECT row_number, comments, (row_number() OVER (ORDER BY row_number) - 1) / %(rows)s AS part FROM texts
)
SELECT min(row_number), max(row_number), sum(comments) FROM parts GROUP BY part ORDER BY part
"""


def plan(session: Session) -> int:
    """Write the chunks of the session's current run; returns how many. Call it in the transaction that starts it."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"session": session.pk})
        texts: int = cursor.fetchone()[0]
        cursor.execute(_RANGES, {"session": session.pk, "rows": chunk_rows(texts)})
        ranges = cursor.fetchall()
    Chunk.objects.bulk_create(
        Chunk(session_id=session.pk, run=session.run, kind=ChunkKind.ANALYSE, first_row=first, last_row=last, size=size)
        for first, last, size in ranges
    )
    return len(ranges)


def plan_import(session: Session, file_id: uuid.UUID) -> None:
    """One chunk that stands for a file to be read."""
    Chunk.objects.create(session=session, run=session.run, kind=ChunkKind.IMPORT, file_id=file_id)


def chunk_rows(texts: int) -> int:
    """Texts a chunk: ``CHUNK_ROWS``, fewer when a small session would otherwise leave a worker idle."""
    share = math.ceil(texts / (2 * max(1, workers_alive())))
    return min(settings.CHUNK_ROWS, max(_SMALLEST_CHUNK, share))
