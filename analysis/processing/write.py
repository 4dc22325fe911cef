"""Results are written: upserted and their comments marked in one transaction, only while the lease is mine."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import orjson
from django.db import connection, transaction

from analysis.engines.base import Verdict
from analysis.engines.fusion import fuse
from analysis.models import AnalysisKind
from analysis.models.base import new_id
from analysis.processing.claim import Lease, advance, hold
from analysis.processing.pulse import pulse
from analysis.routing.usage import add_usage
from perf.metrics import count, track

#: Counts comments that got their labels, repeats included.
LABELLED = "comments.labelled"

_COLUMNS = (
    "id", "comment_id", "session_id", "kind", "engine", "engine_version", "is_current", "is_fallback",
    "fallback_reason", "sentiment", "sentiment_score", "text_sentiment", "text_score", "rating_mismatch",
    "confidence", "language", "guarani_share", "urgency", "churn_risk", "emotions", "themes", "evidence",
    "details", "is_uninformative", "is_company_reply", "created_at",
)  # fmt: skip
_NAMES = ", ".join(_COLUMNS)
_UPDATES = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[6:])

# Constants of this module make up the statements below; values travel as parameters.
_INCOMING = "CREATE TEMP TABLE IF NOT EXISTS incoming (LIKE analysis_results) ON COMMIT DELETE ROWS"
_COPY = f"COPY incoming ({_NAMES}) FROM STDIN"
# Arrays and LATERAL ... OFFSET 0 leave the planner no choice but one look-up a row. Of a table that was emptied a while
# ago it believes that it is empty still, whatever was written since in this transaction: a join would then read all of
# it for each row that comes in.
_RETIRE = """
UPDATE analysis_results SET is_current = false WHERE id = ANY(ARRAY(
    SELECT old.id FROM incoming i CROSS JOIN LATERAL (
        SELECT r.id FROM analysis_results r
         WHERE r.comment_id = i.comment_id AND r.kind = i.kind AND r.is_current
           AND r.engine_version <> i.engine_version OFFSET 0) old))
"""
_UPSERT = f"""
INSERT INTO analysis_results ({_NAMES}) SELECT {_NAMES} FROM incoming
ON CONFLICT (comment_id, kind, engine_version) DO UPDATE SET {_UPDATES}
"""  # noqa: S608
_MARK_DONE = "UPDATE comments SET status = 'done', error = '' WHERE id = ANY(ARRAY(SELECT comment_id FROM incoming))"
_EMPTY = "TRUNCATE incoming"
_REPEATS = """
SELECT c.id, c.rating, c.duplicate_of_id, c.text = f.text
  FROM comments c JOIN comments f ON f.id = c.duplicate_of_id
 WHERE c.duplicate_of_id = ANY(%(firsts)s) AND c.status = 'pending' AND c.id > %(after)s
 ORDER BY c.id LIMIT %(limit)s
"""
_SET_ASIDE = """
UPDATE comments SET status = 'failed', error = %(error)s
 WHERE (id = %(id)s OR duplicate_of_id = %(id)s) AND status = 'pending'
"""
_PAGE = 1000
_NIL = uuid.UUID(int=0)

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A comment and what was said of its text; with a reason, not by the engine that was asked."""

    comment_id: uuid.UUID
    rating: float | None
    verdict: Verdict
    fallback_reason: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Who labelled: goes into every row that one call writes."""

    engine: str
    version: str


@track("analysis.write")
def write(
    lease: Lease,
    labelled: Sequence[Labelled],
    set_aside: Mapping[uuid.UUID, str],
    source: Source,
    *,
    ways: Mapping[str, int] | None = None,
) -> int:
    """Store a batch with its repeats; returns the comments finished. Raises ``LeaseLost`` and writes nothing then.

    ``ways`` are those that the labels of an engine came by, to be counted with them.
    """
    stamp = _Stamp(lease.session_id, source, datetime.now(UTC))
    with transaction.atomic(), connection.cursor() as cursor:
        hold(lease)
        failed = sum(_set_aside(cursor, comment_id, error) for comment_id, error in set_aside.items())
        done = 0
        if labelled:
            cursor.execute(_INCOMING)
            for page in _pages(_rows(cursor, labelled, stamp)):
                done += _store(cursor, page)
        if ways:
            add_usage(source.engine, ways, session_id=lease.session_id, repeats=done - len(labelled))
        advance(lease, by=done + failed, failed=failed)
    if done:
        count(LABELLED, done)
    return done + failed


def _store(cursor: Any, page: list[Row]) -> int:
    cursor.execute(_EMPTY)
    with connection.wrap_database_errors, cursor.copy(_COPY) as copy:
        for row in page:
            copy.write_row(row)
    cursor.execute(_RETIRE)
    cursor.execute(_UPSERT)
    cursor.execute(_MARK_DONE)
    pulse.progress()
    return len(page)


def _rows(cursor: Any, labelled: Sequence[Labelled], stamp: _Stamp) -> Iterator[Row]:
    """Rows of the texts, then of their repeats, a page at a time: a text said 300,000 times costs no memory."""
    encoded = {}
    for one in labelled:
        encoded[one.comment_id] = verdict = Encoded(one.verdict, one.fallback_reason)
        yield stamp.row(one.comment_id, verdict, one.rating, same_text=True)
    after = _NIL
    while True:
        cursor.execute(_REPEATS, {"firsts": list(encoded), "after": after, "limit": _PAGE})
        repeats = cursor.fetchall()
        for comment_id, rating, first, same_text in repeats:
            yield stamp.row(comment_id, encoded[first], rating, same_text=same_text)
        if len(repeats) < _PAGE:
            return
        after = repeats[-1][0]


def _pages(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while page := list(islice(iterator, _PAGE)):
        yield page


def _set_aside(cursor: Any, comment_id: uuid.UUID, error: str) -> int:
    cursor.execute(_SET_ASIDE, {"id": comment_id, "error": error[:200]})
    return int(cursor.rowcount)


class Encoded:
    """A verdict with its JSON columns encoded once, however many repeats it is fanned out to."""

    __slots__ = ("details", "emotions", "evidence", "fallback_reason", "themes", "verdict")

    def __init__(self, verdict: Verdict, fallback_reason: str = "") -> None:
        self.verdict, self.fallback_reason = verdict, fallback_reason
        self.emotions = _json(verdict.emotions)
        self.themes = _json(verdict.themes)
        self.evidence = _json(verdict.evidence)
        self.details = _json(
            {
                "competitors": verdict.competitors,
                "pain_points": verdict.pain_points,
                "reasons": verdict.reasons,
            }
        )


class _Stamp:
    """What every row of one write has in common."""

    def __init__(self, session_id: uuid.UUID, source: Source, now: datetime) -> None:
        self._session_id, self._source, self._now = session_id, source, now

    def row(self, comment_id: uuid.UUID, encoded: Encoded, rating: float | None, *, same_text: bool) -> Row:
        """The values of ``_COLUMNS``; the evidence's offsets hold only for the very same text."""
        verdict, source = encoded.verdict, self._source
        fused = fuse(verdict, rating)
        return (
            new_id(), comment_id, self._session_id, AnalysisKind.ALL.value, source.engine, source.version, True,
            bool(encoded.fallback_reason), encoded.fallback_reason, fused.sentiment, fused.score, verdict.sentiment,
            verdict.score, fused.rating_mismatch, fused.confidence, verdict.language, verdict.guarani_share,
            verdict.urgency, verdict.churn_risk, encoded.emotions, encoded.themes,
            encoded.evidence if same_text else "[]", encoded.details, verdict.is_uninformative,
            verdict.is_company_reply, self._now,
        )  # fmt: skip


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
