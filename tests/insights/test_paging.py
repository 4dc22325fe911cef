"""Pages show each comment once, forwards and backwards, whatever the order and however many are alike."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from analysis.insights.comments import comments_for
from analysis.insights.filters import CommentFilter, FilterError
from analysis.insights.paging import ORDERINGS, page_of, parse_ordering
from analysis.models import Session
from tests import factories
from tests.insights.conftest import Varied

pytestmark = pytest.mark.django_db
ALL_ORDERINGS = [*ORDERINGS, *(f"-{name}" for name in ORDERINGS)]


@pytest.mark.parametrize("ordering", ALL_ORDERINGS)
@pytest.mark.parametrize("size", [7, 300])
def test_pages_hold_every_comment_once_and_in_order(varied: Varied, ordering: str, size: int) -> None:
    comments = comments_for(CommentFilter(), sessions=varied.sessions)
    forwards, cursor, last = [], None, None
    while True:
        page = page_of(comments, ordering=ordering, cursor=cursor, size=size)
        assert bool(page.previous) == (cursor is not None)
        forwards += page.comments
        cursor = page.next
        last = page
        if cursor is None:
            break
    assert len({comment.pk for comment in forwards}) == len(forwards) == comments.count()
    assert in_order(forwards, ordering)
    backwards = list(last.comments)
    while last.previous:
        last = page_of(comments, ordering=ordering, cursor=last.previous, size=size)
        assert last.next is not None
        backwards = [*last.comments, *backwards]
    assert [comment.pk for comment in backwards] == [comment.pk for comment in forwards]


def in_order(comments: list, ordering: str) -> bool:  # type: ignore[type-arg]
    """Whether known values go one way, with unknown ones behind them."""
    name = ORDERINGS[ordering.removeprefix("-")]
    values = [comment.page_key if name == "result_confidence" else getattr(comment, name) for comment in comments]
    if name == "result_confidence":
        values = [value if value < 2 and value > -2 else None for value in values]
    known = [value for value in values if value is not None]
    assert None not in values[: len(known)]
    return known == sorted(known, reverse=ordering.startswith("-"))


def test_a_page_is_one_query(varied: Varied, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    chosen = CommentFilter(session=varied.first.pk)
    comments = comments_for(chosen, sessions=varied.sessions)
    with django_assert_num_queries(1):
        page = page_of(comments, ordering="score", size=50)
    with django_assert_num_queries(1):
        page_of(comments, ordering="score", cursor=page.next, size=50)


def test_comments_that_come_in_between_move_no_page() -> None:
    session = factories.make_session()
    factories.add_comments(session, [{"text": f"uno {number}", "row_number": number * 10} for number in range(1, 9)])
    comments = comments_for(CommentFilter(session=session.pk), sessions=Session.objects.all())
    page = page_of(comments, ordering="row_number", size=4)
    factories.add_comment(session, "antes", row_number=5)
    after = page_of(comments, ordering="row_number", cursor=page.next, size=4)
    assert [comment.row_number for comment in after.comments] == [50, 60, 70, 80]


def test_the_order_is_that_of_the_file_within_a_session_and_else_newest_first() -> None:
    session = factories.make_session()
    assert parse_ordering(None, CommentFilter(session=session.pk)) == "row_number"
    assert parse_ordering("", CommentFilter()) == "-created_at"
    with pytest.raises(FilterError, match="confidence"):
        parse_ordering("confidense", CommentFilter())


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cursor=st.text(max_size=40) | st.binary(max_size=60).map(lambda raw: raw.hex()))
def test_a_made_up_cursor_is_refused(varied: Varied, cursor: str) -> None:
    comments = comments_for(CommentFilter(), sessions=varied.sessions)
    if cursor:
        with pytest.raises(FilterError) as caught:
            page_of(comments, ordering="row_number", cursor=cursor)
        assert caught.value.field == "cursor"


@pytest.mark.parametrize(
    ("ordering", "key"),
    [
        ("row_number", "1e999"),
        ("row_number", "true"),
        ("row_number", "3000000000"),
        ("score", '"x"'),
        ("score", "1e308"),
        ("created_at", '"2026-01-01"'),
        ("created_at", "7"),
        ("-created_at", "null"),
    ],
)
def test_a_cursor_with_a_forged_key_is_refused(varied: Varied, ordering: str, key: str) -> None:
    import base64

    packed = f'["{ordering}",0,{key},"01990f3e-7b1c-7c4a-9d2e-0123456789ab"]'
    cursor = base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")
    with pytest.raises(FilterError):
        page_of(comments_for(CommentFilter(), sessions=varied.sessions), ordering=ordering, cursor=cursor)


def test_a_cursor_of_another_ordering_is_refused(varied: Varied) -> None:
    comments = comments_for(CommentFilter(), sessions=varied.sessions)
    page = page_of(comments, ordering="row_number", size=5)
    with pytest.raises(FilterError):
        page_of(comments, ordering="score", cursor=page.next, size=5)
