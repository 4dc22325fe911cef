"""Comments added to a session one by one or in bulk, without a file: the way in for programs.

A record that cannot be taken is reported to its sender and not kept: the sender has it and sends it again.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from analysis.intake import store
from analysis.intake.cleaning import RejectedError, RowCleaner
from analysis.intake.plan import Plan
from analysis.intake.ratings import TEN
from analysis.intake.types import FIELDS, CleanRow
from analysis.models import Comment, RejectedRow, Session

#: Most records taken in one call.
MAX_RECORDS = 10_000


@dataclass(frozen=True, slots=True)
class LineReport:
    """What became of one record: an id, or the reason (a code of ``errors.REASONS``) and the field at fault."""

    index: int
    id: uuid.UUID | None
    error: str | None = None
    field: str | None = None


def add_comments(*, session: Session, records: Sequence[Mapping[str, object]]) -> list[LineReport]:
    """Clean, store, fold and count the records in one transaction; returns one report each, in order.

    A record is a mapping with the names of ``types.FIELDS``, of which only ``comment`` is required; ratings are on
    0 to 10. Raises ``ValueError`` for more than ``MAX_RECORDS``.
    """
    if len(records) > MAX_RECORDS:
        raise ValueError(f"At most {MAX_RECORDS} comments are taken at once")
    with transaction.atomic():
        locked = Session.objects.select_for_update().get(pk=session.pk)
        rows, reports = _clean(records, _last_row(locked))
        ids = store.store_added(locked.pk, rows)
        store.fold_duplicates(locked.pk)
        store.check_counts(locked.pk)
    by_row = {row.row: comment_id for row, comment_id in zip(rows, ids, strict=True)}
    return [LineReport(index, by_row[result]) if isinstance(result, int) else result
            for index, result in enumerate(reports)]  # fmt: skip


def _clean(records: Sequence[Mapping[str, object]], last: int) -> tuple[list[CleanRow], list[int | LineReport]]:
    """The good rows, and for each record its row number or its report."""
    cleaner = RowCleaner(_plan(), settings.PSEUDONYM_KEY.encode())
    rows: list[CleanRow] = []
    results: list[int | LineReport] = []
    for index, record in enumerate(records):
        number = last + len(rows) + 1
        try:
            rows.append(CleanRow(*cleaner.clean(number, index + 1, _cells(record))))
            results.append(number)
        except RejectedError as error:
            results.append(LineReport(index, None, error.reason, error.field or None))
    return rows, results


def _plan() -> Plan:
    """Our own field names stand in for a file's columns."""
    places = {name: index for index, name in enumerate(FIELDS)}
    kinds = tuple("text" for _ in FIELDS)
    return Plan(FIELDS, 0, places, kinds, [], whole=True, joint="", day_first=True, rating_scale=TEN)


def _cells(record: Mapping[str, object]) -> list[str]:
    return ["" if (value := record.get(name)) is None else str(value) for name in FIELDS]


def _last_row(session: Session) -> int:
    """The highest row number that the session has given out."""
    latest = Comment.objects.filter(session=session).aggregate(last=Max("row_number"))["last"] or 0
    rejected = RejectedRow.objects.filter(session=session).aggregate(last=Max("row_number"))["last"] or 0
    return int(max(latest, rejected))
