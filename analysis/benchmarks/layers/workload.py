"""What the layers are measured on: the sample, labelled, among copies of it as of a team that sends a file a week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from analysis.benchmarks.caller import Caller
from analysis.models import AnalysisResult, Comment, Session
from analysis.models.base import new_id
from analysis.sample.build import read_source

_WEEKS = "(SELECT * FROM unnest(%(weeks)s::uuid[]) WITH ORDINALITY AS week (session_id, number))"
_COMMENTS = """
INSERT INTO comments (id, session_id, created_at, {names})
SELECT gen_random_uuid(), week.session_id, old.created_at - week.number * interval '7 days', {values}
  FROM comments old CROSS JOIN {weeks} week WHERE old.session_id = %(session)s
"""
_RESULTS = """
INSERT INTO analysis_results (id, session_id, comment_id, {names})
SELECT gen_random_uuid(), new.session_id, new.id, {values}
  FROM analysis_results old
  JOIN comments was ON was.id = old.comment_id
  JOIN comments new ON new.row_number = was.row_number AND new.session_id = ANY(%(weeks)s::uuid[])
 WHERE was.session_id = %(session)s
"""


@dataclass(frozen=True, slots=True)
class Workload:
    """``rows``: the texts that are asked about, None for all of the sample; ``whole``: strategies one by one, too."""

    program: Caller
    session: Session
    rows: int | None
    whole: bool

    @property
    def texts(self) -> list[str]:
        """Of the sample, in its order, repeats included."""
        return [row.comment for row in read_source()[: self.rows]]


def add_weeks(session: Session, number: int) -> None:
    """So many copies of a session, each of a week before it; what repeats another comment stands for itself there."""
    values: dict[str, Any] = {"session": session.pk, "weeks": [_copy(session) for _ in range(number)]}
    with connection.cursor() as cursor:
        cursor.execute(_statement(_COMMENTS, Comment, {"id", "session_id", "created_at", "duplicate_of_id"}), values)
        cursor.execute(_statement(_RESULTS, AnalysisResult, {"id", "session_id", "comment_id"}), values)
        cursor.execute("ANALYZE comments, analysis_results")


def _copy(session: Session) -> Any:
    copy = Session.objects.get(pk=session.pk)
    copy.pk, copy.file, copy.name = new_id(), None, "benchmark, another week"
    copy._state.adding = True
    copy.save()
    return copy.pk


def _statement(template: str, model: type[models.Model], besides: set[str]) -> str:
    columns = [str(field.column) for field in model._meta.concrete_fields if field.column not in besides]
    return template.format(
        names=", ".join(columns), values=", ".join(f"old.{column}" for column in columns), weeks=_WEEKS
    )
