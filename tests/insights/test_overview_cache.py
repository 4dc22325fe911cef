"""An overview is counted once for each state of the outcome, and losing the cache loses nothing."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from analysis import access
from analysis.insights.aggregates import count, overview
from analysis.insights.filters import CommentFilter
from analysis.insights.overview import Overview
from analysis.models import Session, SessionState
from analysis.processing.complete import begin_run
from analysis.processing.drain import drain
from tests import factories
from tests.fresh_taxonomy import nothing_is_published

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()
    nothing_is_published()


@pytest.fixture
def session() -> Session:
    session = factories.make_session()
    factories.add_random_comments(session, 120)
    return session


def test_four_queries_the_first_time_and_one_after_that(
    session: Session, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    chosen = CommentFilter(session=session.pk)
    with CaptureQueriesContext(connection) as captured:
        first = overview(chosen, Session.objects.all())
    asked = [query["sql"] for query in captured.captured_queries]
    assert len(asked) <= 8
    assert len([sql for sql in asked if "SELECT" in sql]) == 4
    with django_assert_num_queries(1):
        assert overview(chosen, Session.objects.all()) == first
    assert first.n == 120


def test_a_new_revision_is_counted_anew(session: Session) -> None:
    chosen = CommentFilter(session=session.pk)
    before = overview(chosen, Session.objects.all())
    factories.add_comment(session, "uno más", result={"sentiment": "positive"})
    after = overview(chosen, Session.objects.all())
    assert after.n == before.n + 1
    assert after.sentiments.positive == before.sentiments.positive + 1


def test_each_filter_and_each_set_of_sessions_has_numbers_of_its_own(session: Session) -> None:
    other = factories.make_session()
    factories.add_comment(other, result={"sentiment": "negative"})
    everything = overview(CommentFilter(), Session.objects.all())
    theirs = overview(CommentFilter(), Session.objects.filter(team=other.team))
    negative = overview(CommentFilter(sentiment=("negative",)), Session.objects.all())
    assert (everything.n, theirs.n) == (121, 1)
    assert negative.n == everything.sentiments.negative


def test_while_a_session_runs_its_numbers_are_kept_for_seconds_only(session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(state=SessionState.RUNNING, revision=F("revision") + 1)
    overview(CommentFilter(session=session.pk), Session.objects.all())
    running = [cache.ttl(key) for key in cache.keys("overview:*")]  # type: ignore[attr-defined]
    assert len(running) == 1
    assert 0 < running[0] <= 3


def test_the_cached_form_is_json_and_comes_back_the_same(session: Session) -> None:
    counted = count(CommentFilter(), Session.objects.all())
    assert counted.themes
    assert counted.timeline.points
    assert Overview.from_dict(orjson.loads(orjson.dumps(counted.to_dict()))) == counted


def test_a_cache_that_is_away_costs_time_only(session: Session, settings: Settings) -> None:
    chosen = CommentFilter(session=session.pk)
    before = overview(chosen, Session.objects.all())
    default = settings.CACHES["default"]
    settings.CACHES = {"default": default | {"LOCATION": "redis://127.0.0.1:1/0"}}
    assert overview(chosen, Session.objects.all()) == before


def test_what_the_cache_holds_of_another_shape_is_counted_anew(session: Session) -> None:
    chosen = CommentFilter(session=session.pk)
    before = overview(chosen, Session.objects.all())
    for key in cache.keys("overview:*"):  # type: ignore[attr-defined]
        cache.set(key, {"n": 7})
    assert overview(chosen, Session.objects.all()) == before


def test_the_worker_that_ends_a_session_leaves_its_numbers_in_the_cache(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    session = factories.make_session()
    factories.add_comments(session, [{"text": "Muy lento"}, {"text": "Excelente"}])
    begin_run(session)
    drain(session.pk, "a worker", seconds=30)
    session.refresh_from_db()
    assert session.is_final
    sessions = access.visible_sessions(factories.make_user(session.team))
    with django_assert_num_queries(1):
        counted = overview(CommentFilter(session=session.pk), sessions)
    assert (counted.n, counted.labelled) == (2, 2)


def test_counting_leaves_the_planner_as_it_was(session: Session) -> None:
    count(CommentFilter(), Session.objects.all())
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_nestloop")
        assert cursor.fetchone() == ("on",)
