"""The helpers of the tests keep the rules that the product keeps."""

import pytest

from analysis import access
from analysis.models import AnalysisResult, Comment, CommentStatus, Role, Session
from tests import factories

pytestmark = pytest.mark.django_db


def assert_counts_match_the_rows(session: Session) -> None:
    session.refresh_from_db()
    rows = Comment.objects.filter(session=session)
    assert session.comment_count == rows.filter(duplicate_of=None).count()
    assert session.duplicate_count == rows.exclude(duplicate_of=None).count()
    assert session.rejected_count == session.rejected_rows.count()
    assert session.rows_total == session.stored_count + session.rejected_count


def test_each_role_sees_its_own_team_only() -> None:
    team = factories.make_team()
    session = factories.make_session(team)
    other = factories.make_session()
    users = factories.make_users(team)
    assert set(users) == set(Role)
    for user in users.values():
        assert list(access.visible_sessions(user)) == [session]
    stranger = factories.make_user(None)
    assert not access.visible_sessions(stranger).exists()
    assert other.team != team


def test_equal_texts_become_repeats_of_the_first() -> None:
    session = factories.make_session()
    first = factories.add_comment(session, "Muy lento", result={"sentiment": "negative"})
    repeat = factories.add_comment(session, "MUY  LENTO")
    factories.reject_rows(session, [{"row_number": 3}])
    assert repeat.duplicate_of_id == first.pk
    assert (first.status, repeat.status) == (CommentStatus.DONE, CommentStatus.PENDING)
    assert_counts_match_the_rows(session)


def test_random_comments_are_the_same_for_the_same_seed() -> None:
    one, two = factories.make_session(), factories.make_session()
    texts = [[comment.text for comment in factories.add_random_comments(session, 50, seed=3)] for session in (one, two)]
    assert texts[0] == texts[1]
    assert_counts_match_the_rows(one)


def test_many_comments_point_their_repeats_to_rows_before_them() -> None:
    session = factories.make_session()
    factories.add_many_comments(session, 900)
    assert_counts_match_the_rows(session)
    assert session.duplicate_count == 300
    repeats = Comment.objects.exclude(duplicate_of=None).select_related("duplicate_of")
    assert all(repeat.duplicate_of and repeat.text == repeat.duplicate_of.text for repeat in repeats)
    done = Comment.objects.filter(status=CommentStatus.DONE).count()
    assert AnalysisResult.objects.filter(is_current=True).count() == done
