"""Every format is made of the same rows, and JSON shows them whole."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime

import orjson
import pytest
from pytest_django import DjangoAssertNumQueries

from analysis.exports.files import Export, stream
from analysis.exports.rows import COLUMNS, rows
from analysis.insights.aggregates import count
from analysis.insights.comments import comments_for
from analysis.insights.filters import CommentFilter
from analysis.models import Session
from tests import factories
from tests.exports.conftest import export_of

pytestmark = pytest.mark.django_db


def lines(export: Export) -> list[dict]:  # type: ignore[type-arg]
    return [orjson.loads(line) for line in b"".join(stream(export)).splitlines()]


def test_a_line_says_everything_about_a_comment() -> None:
    session = factories.make_session()
    first, repeat = factories.add_comments(
        session,
        [
            {
                "text": "Muy lento",
                "rating": 2.5,
                "nps_group": "detractor",
                "region": "Luque",
                "service": "300 Mb",
                "channel": "App",
                "created_at": datetime(2026, 3, 2, 2, 30, tzinfo=UTC),
                "has_date": True,
                "result": {
                    "sentiment": "negative",
                    "sentiment_score": -0.75,
                    "confidence": 0.875,
                    "urgency": "p2",
                    "churn_risk": "low",
                    "language": "es",
                    "themes": [{"code": "speed", "sentiment": "negative", "confidence": 0.9}],
                    "emotions": [{"code": "anger", "intensity": 0.5}],
                },
            },
            {"text": "muy LENTO"},
        ],
    )
    one, two = lines(export_of(session, "jsonl"))
    assert list(one) == list(COLUMNS)
    assert one == {
        "row": 1,
        "id": str(first.pk),
        "text": "Muy lento",
        "language": "es",
        "sentiment": "negative",
        "sentiment_score": -0.75,
        "emotions": [{"code": "anger", "intensity": 0.5}],
        "themes": [{"code": "speed", "sentiment": "negative"}],
        "urgency": "p2",
        "churn_risk": "low",
        "confidence": 0.875,
        "engine": "embedded",
        "is_fallback": False,
        "duplicate_of": None,
        "rating": 2.5,
        "nps_group": "detractor",
        "date": "2026-03-01T23:30:00-03:00",
        "region": "Luque",
        "service": "300 Mb",
        "channel": "App",
        "status": "done",
        "human": False,
    }
    assert two["duplicate_of"] == str(first.pk)
    assert two["id"] == str(repeat.pk)
    assert (two["sentiment"], two["themes"], two["emotions"], two["date"]) == (None, [], [], None)
    assert two["status"] == "pending"


def test_a_persons_labels_are_the_ones_that_leave() -> None:
    session = factories.make_session()
    factories.add_comment(
        session,
        result={
            "sentiment": "negative",
            "sentiment_score": -0.7,
            "themes": [{"code": "price", "sentiment": "negative"}],
        },
        human_sentiment="positive",
        human_themes=[],
    )
    (line,) = lines(export_of(session, "jsonl"))
    assert (line["sentiment"], line["sentiment_score"], line["themes"], line["human"]) == ("positive", 1.0, [], True)


def test_rows_come_in_the_order_of_the_file_and_only_those_of_the_filter(varied: Session) -> None:
    chosen = CommentFilter(session=varied.pk, sentiment=("negative", "mixed"))
    sessions = Session.objects.all()
    found = [row.row for row in rows(chosen, sessions)]
    assert found == sorted(found)
    assert set(found) == set(comments_for(chosen, sessions=sessions).values_list("row_number", flat=True))


def test_the_document_holds_the_lines_and_the_numbers_of_the_overview(varied: Session) -> None:
    document = orjson.loads(b"".join(stream(export_of(varied, "json"))))
    assert document["comments"] == lines(export_of(varied, "jsonl"))
    overview = count(CommentFilter(session=varied.pk), Session.objects.all())
    assert document["overview"] == orjson.loads(orjson.dumps(overview.to_dict()))
    assert document["filter"] == {"session": [str(varied.pk)]}


def test_nothing_to_export_is_valid_all_the_same() -> None:
    session = factories.make_session()
    assert lines(export_of(session, "jsonl")) == []
    assert orjson.loads(b"".join(stream(export_of(session, "json"))))["comments"] == []


def test_another_teams_comments_do_not_leave(varied: Session) -> None:
    stranger = factories.make_session()
    theirs = Session.objects.filter(team=stranger.team)
    for chosen in (CommentFilter(session=varied.pk), CommentFilter()):
        assert b"".join(stream(Export(chosen, theirs, "jsonl"))) == b""


def test_all_rows_are_one_query(varied: Session, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        assert len(list(rows(CommentFilter(session=varied.pk), Session.objects.all()))) == 120


def test_memory_does_not_grow_with_the_rows() -> None:
    peaks = {}
    for size in (2_000, 12_000):
        session = factories.make_session()
        factories.add_many_comments(session, size)
        tracemalloc.start()
        taken = sum(len(block) for block in stream(export_of(session, "jsonl")))
        peaks[size] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert taken > size * 300
    assert peaks[12_000] < peaks[2_000] * 1.3
