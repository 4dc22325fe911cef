"""Corrections become lessons: each text once, whole, never one of the gold set, and only where it is allowed."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from analysis.corrections import correct_comment
from analysis.engines.evaluation.labelled import GOLD_FILE, corpus, read_labelled
from analysis.learning.lessons import SURE, WEAK, gather, held_out, training_rows
from analysis.models import AnalysisResult, Session, Team
from tests.factories import add_comment, make_result, make_session
from tests.learning.conftest import Correct

pytestmark = pytest.mark.django_db


def test_a_lesson_holds_what_a_person_decided_and_what_stood_beside_it(session: Session, analyst: User) -> None:
    seen = {
        "sentiment": "neutral", "urgency": "p1", "churn_risk": "low", "language": "jopara",
        "themes": [{"code": "price", "sentiment": "neutral", "confidence": 0.5}],
        "emotions": [{"code": "anger", "intensity": 0.4}],
        "details": {"competitors": ["tigo", "somebody"], "pain_points": [], "reasons": []},
    }  # fmt: skip
    comment = add_comment(session, "Hepyeterei la cuota", result=seen)
    correct_comment(comment=comment, values={"sentiment": "negative"}, actor=analyst)
    (lesson,) = gather().lessons
    row = lesson.row
    assert (row.sentiment, row.urgency, row.churn_risk, row.language) == ("negative", "p1", "low", "jopara")
    assert (dict(row.themes), row.emotions, row.competitors) == (
        {"price": "neutral"},
        frozenset({"anger"}),
        frozenset({"tigo"}),
    )
    assert (lesson.decided, lesson.weight) == (frozenset({"sentiment"}), SURE)


def test_a_lesson_without_a_decided_sentiment_counts_once(correct: Correct) -> None:
    correct(urgency="p0")
    assert [lesson.weight for lesson in gather().lessons] == [WEAK]


def test_what_an_engine_said_after_the_correction_was_seen_by_nobody(session: Session, correct: Correct) -> None:
    (comment,) = correct(sentiment="negative")
    AnalysisResult.objects.filter(comment=comment).update(is_current=False)
    make_result(comment, urgency="p0", engine_version="newer").save()
    (lesson,) = gather().lessons
    assert lesson.row.urgency == "p3"
    AnalysisResult.objects.filter(comment=comment).exclude(engine_version="newer").delete()
    taught = gather()
    assert (taught.lessons, taught.left_out) == ((), {"nobody saw the other labels": 1})


def test_a_text_teaches_once_and_the_last_word_counts(correct: Correct) -> None:
    correct(text="No anda nada", sentiment="neutral")
    correct(text="no anda nada!", sentiment="negative")
    taught = gather()
    assert [lesson.row.sentiment for lesson in taught.lessons] == ["negative"]
    assert taught.left_out == {"repeats": 1}


def test_a_text_of_the_gold_set_never_teaches(correct: Correct) -> None:
    correct(text=read_labelled(GOLD_FILE)[0].text.replace("{", "").upper(), sentiment="negative")
    taught = gather()
    assert (taught.lessons, taught.left_out) == ((), {"in the gold set": 1})


def test_a_correction_that_was_taken_back_teaches_nothing(correct: Correct, analyst: User) -> None:
    (comment,) = correct(sentiment="negative")
    correct_comment(comment=comment, values={"sentiment": None}, actor=analyst)
    assert gather().lessons == ()


def test_a_session_or_a_team_that_does_not_teach_is_left_out(team: Team, session: Session, correct: Correct) -> None:
    correct(2)
    correct(3, of=make_session(team, teaches=False), text="Otro zorzal {}")
    assert len(gather().lessons) == 2
    Team.objects.filter(pk=team.pk).update(teaches=False)
    assert gather().lessons == ()


def test_codes_are_counted_by_what_people_chose(correct: Correct) -> None:
    correct(2, sentiment="negative")
    correct(1, sentiment="mixed", themes=[{"code": "price", "sentiment": "negative"}], urgency="p1")
    assert gather().per_label() == {
        "sentiment": {"negative": 2, "mixed": 1}, "themes": {"price": 1}, "urgency": {"p1": 1},
    }  # fmt: skip


def test_a_lesson_takes_the_place_of_the_corpus_row_with_its_text(correct: Correct) -> None:
    base = corpus()
    correct(text=base[0].text.replace("{", "(").replace("}", ")"), sentiment="mixed")
    rows = training_rows(base, gather().lessons)
    assert len(rows) == len(base) - 1 + SURE
    assert [row.sentiment for row in rows if row.text == base[0].text] == ["mixed"] * SURE
    assert len({row.id for row in rows}) == len(rows)


def test_every_fifth_is_held_out_and_always_the_same_ones(correct: Correct) -> None:
    correct(60)
    lessons = gather().lessons
    known, unknown = held_out(lessons)
    assert 5 <= len(unknown) <= 20
    assert {one.key for one in known} | {one.key for one in unknown} == {one.key for one in lessons}
    assert held_out(lessons[::-1])[1] == unknown[::-1]


def test_the_digest_knows_the_lessons_and_not_their_order(correct: Correct, analyst: User) -> None:
    first, _second = correct(2)
    before = gather().digest()
    assert gather().digest() == before
    correct_comment(comment=first, values={"sentiment": "mixed"}, actor=analyst)
    assert gather().digest() != before
