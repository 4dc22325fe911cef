"""A comment shows what a person decided, else what the engine's current result says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pytest_django import DjangoAssertNumQueries

from analysis.insights.comments import comments_for
from analysis.insights.filters import CommentFilter
from analysis.models import Session
from tests import factories
from tests.many_comments import ENGINE

if TYPE_CHECKING:
    from analysis.insights.comments import LabelledComment

pytestmark = pytest.mark.django_db

SPEED = [{"code": "speed", "sentiment": "negative", "confidence": 0.8}]
PRICE = [{"code": "price", "sentiment": "positive"}]
NEGATIVE = {
    "sentiment": "negative",
    "sentiment_score": -0.7,
    "urgency": "p1",
    "churn_risk": "high",
    "themes": SPEED,
    "emotions": [{"code": "anger", "intensity": 0.6}],
}


@pytest.fixture
def session() -> Session:
    return factories.make_session()


def only(session: Session) -> LabelledComment:
    """The one comment of the session, labelled."""
    return comments_for(CommentFilter(), sessions=Session.objects.filter(pk=session.pk)).get()


def found(session: Session, **wanted: object) -> list[int]:
    comments = comments_for(CommentFilter(**wanted), sessions=Session.objects.all())  # type: ignore[arg-type]
    return sorted(comments.filter(session=session).values_list("row_number", flat=True))


def test_the_engines_values_show_until_a_person_decides(session: Session) -> None:
    factories.add_comment(session, result=NEGATIVE)
    comment = only(session)
    assert (comment.effective_sentiment, comment.effective_score) == ("negative", -0.7)
    assert (comment.effective_urgency, comment.effective_churn_risk) == ("p1", "high")
    assert (comment.effective_themes, comment.effective_emotions) == (SPEED, NEGATIVE["emotions"])


def test_a_persons_values_win_one_by_one(session: Session) -> None:
    factories.add_comment(
        session, result=NEGATIVE, human_sentiment="positive", human_themes=PRICE, human_emotions=[], human_urgency="p3"
    )
    comment = only(session)
    assert (comment.effective_sentiment, comment.effective_score) == ("positive", 1.0)
    assert (comment.effective_urgency, comment.effective_churn_risk) == ("p3", "high")
    assert (comment.effective_themes, comment.effective_emotions) == (PRICE, [])
    assert comment.current
    assert comment.current.sentiment == "negative"
    assert found(session, theme=("speed",)) == []
    assert found(session, theme=("price",), theme_sentiment=("positive",)) == [1]


def test_a_person_who_agrees_leaves_the_engines_score(session: Session) -> None:
    factories.add_comment(session, result=NEGATIVE, human_sentiment="negative")
    assert only(session).effective_score == -0.7


def test_a_person_may_decide_before_any_engine_did(session: Session) -> None:
    factories.add_comment(session, human_sentiment="negative")
    comment = only(session)
    assert comment.current is None
    assert (comment.effective_sentiment, comment.effective_score, comment.effective_themes) == ("negative", -1.0, None)


def test_only_the_current_result_counts(session: Session) -> None:
    comment = factories.add_comment(session, result=NEGATIVE)
    newer = {"sentiment": "mixed", "engine_version": "newer"}
    comment.results.update(is_current=False)
    factories.make_result(comment, **newer).save()
    factories.make_result(comment, kind="themes", sentiment="positive").save()
    assert only(session).effective_sentiment == "mixed"
    assert found(session, sentiment=("negative",)) == []


def test_a_list_with_its_results_is_one_query(
    session: Session, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    factories.add_random_comments(session, 60)
    with django_assert_num_queries(1):
        comments = list(comments_for(CommentFilter(session=session.pk), sessions=Session.objects.all()))
        assert {comment.current.engine for comment in comments if comment.current} == {ENGINE}
    assert len(comments) == 60


def test_another_teams_session_is_as_empty_as_a_missing_one(session: Session) -> None:
    factories.add_comment(session, result=NEGATIVE)
    stranger = factories.make_session()
    theirs = Session.objects.filter(team=stranger.team)
    assert comments_for(CommentFilter(session=session.pk), sessions=theirs).count() == 0
    assert comments_for(CommentFilter(), sessions=theirs).count() == 0
    assert comments_for(CommentFilter(session=session.pk), sessions=Session.objects.none()).count() == 0


@pytest.mark.parametrize(
    ("q", "text"),
    [
        ("pesimo", "PÉSIMO servicio"),
        ("PÉSIMO", "pesimo servicio"),
        ("senal", "Sin señal"),
        ("oi pora", "Che internet oĩ porã"),
        ("ñe'e", "Iñe’ẽ porã"),
        ("hag̃ua", "Eme'ẽ chéve hagua"),
        ("hagua", "Eme'ẽ chéve hag̃ua"),
        ("lento internet", "El internet va lento"),
        ("100%", "Falla el 100% del día"),
        ("(", "Bien (casi)"),
        (r"\d", r"raro \d aquí"),
        ("ÑANDE", "ñande"),
        ("ijapuʼu", "Ijapu'u"),
    ],
)
def test_search_finds_words_as_people_write_them(session: Session, q: str, text: str) -> None:
    factories.add_comments(session, [{"text": text}, {"text": "otra cosa"}])
    assert found(session, q=q) == [1]


@pytest.mark.parametrize("q", ["p.simo", ".*", "[a-z]", "servicio|nada", "^P", "pesimo nada"])
def test_search_takes_signs_for_what_they_are_and_wants_every_word(session: Session, q: str) -> None:
    factories.add_comment(session, "Pésimo servicio")
    assert found(session, q=q) == []
