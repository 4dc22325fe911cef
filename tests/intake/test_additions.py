"""Comments that programs send, without a file: cleaned, counted and reported one by one."""

from __future__ import annotations

import pytest

from analysis.intake.additions import MAX_RECORDS, add_comments
from analysis.intake.uploads import create_empty_session
from analysis.models import Comment, Session, Team
from analysis.processing import verbs
from analysis.processing.drain import drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def session() -> Session:
    return create_empty_session(team=Team.objects.create(name="Analysts"), user=None, name="API")


def test_each_record_gets_its_own_report_in_order(session: Session) -> None:
    reports = add_comments(
        session=session,
        records=[{"comment": "Muy lento", "rating": 2}, {"comment": " "}, {"comment": "Bueno", "rating": 99}],
    )

    assert [report.error for report in reports] == [None, "empty_text", "bad_rating"]
    assert reports[0].id == Comment.objects.get(session=session).pk
    session.refresh_from_db()
    assert (session.rows_total, session.comment_count, session.rejected_count) == (1, 1, 0)


def test_repeats_are_folded_across_calls_and_all_are_labelled(session: Session) -> None:
    add_comments(session=session, records=[{"comment": "Muy lento"}])
    verbs.start_analysis(session=session, actor=None)
    drain(session.pk, "worker", seconds=10)
    add_comments(session=session, records=[{"comment": "MUY LENTO"}, {"comment": "Excelente"}])
    session.refresh_from_db()
    assert (session.rows_total, session.comment_count, session.duplicate_count) == (3, 2, 1)

    verbs.start_analysis(session=session, actor=None)
    drain(session.pk, "worker", seconds=10)

    session.refresh_from_db()
    assert session.state == "completed"
    assert Comment.objects.filter(session=session, status="done", results__is_current=True).count() == 3
    numbers = Comment.objects.filter(session=session).order_by("row_number").values_list("row_number", flat=True)
    assert list(numbers) == [1, 2, 3]


def test_personal_data_is_masked_before_it_is_stored(session: Session) -> None:
    add_comments(session=session, records=[{"comment": "Llamen al 0981 123 456 por favor"}])

    session.refresh_from_db()
    assert "123" not in Comment.objects.get(session=session).text
    assert sum(session.pii_masked.values()) == 1


def test_more_than_the_limit_is_refused_whole(session: Session) -> None:
    with pytest.raises(ValueError, match="At most"):
        add_comments(session=session, records=[{"comment": "x"}] * (MAX_RECORDS + 1))
    assert Comment.objects.count() == 0
