"""What is written finds the rows it replaces one by one, also while the planner believes that the table is empty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from analysis.models import AnalysisResult, Comment, CommentStatus
from analysis.processing import write
from tests import factories

ROWS, BEFORE = 300, 6_000


@pytest.fixture
def incoming(transactional_db: None) -> Iterator[list[Comment]]:
    """Results of a newer version wait to be written, in tables that held many rows and were emptied and vacuumed."""
    old = factories.make_session()
    factories.add_many_comments(old, BEFORE)
    last = AnalysisResult.objects.order_by("-pk").values("pk")[:1]  # else the end of the file would be given back
    AnalysisResult.objects.exclude(pk__in=list(last.values_list("pk", flat=True))).delete()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE analysis_results")
        cursor.execute(write._INCOMING.replace("DELETE ROWS", "PRESERVE ROWS"))
    comments = factories.add_random_comments(factories.make_session(), ROWS)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE incoming")
        cursor.execute("INSERT INTO incoming SELECT * FROM analysis_results WHERE session_id <> %s", [old.pk])
        cursor.execute("UPDATE incoming SET engine_version = 'newer'")
    yield comments
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE incoming")


@pytest.mark.parametrize("statement", [write._RETIRE, write._MARK_DONE], ids=["retire", "mark as done"])
def test_no_row_is_compared_with_every_other(incoming: list[Comment], statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Join Filter" not in plan, plan
    assert "Hash" not in plan, plan


def test_results_of_other_versions_are_retired_and_their_comments_done(incoming: list[Comment]) -> None:
    labelled = AnalysisResult.objects.filter(is_current=True, session=incoming[0].session)
    before = labelled.count()
    assert before > 0
    mine = Comment.objects.filter(session=incoming[0].session)
    mine.update(status=CommentStatus.PENDING)
    with connection.cursor() as cursor:
        cursor.execute(write._RETIRE)
        cursor.execute(write._MARK_DONE)
    assert labelled.count() == 0
    assert mine.filter(status=CommentStatus.DONE).count() == before
