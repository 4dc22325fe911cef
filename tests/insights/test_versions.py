"""Two versions of a session are compared label by label, and each number leads to exactly its comments."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from analysis.insights.versions import LABELS, Move, compare, moved_comments, versions_of
from analysis.models import AnalysisResult, Session
from tests.factories import add_comment, add_random_comments, make_result, make_session, random_result

pytestmark = pytest.mark.django_db
NEWER = "newer"


@pytest.fixture
def session(db: None) -> Session:
    """Two hundred comments labelled by two versions, with nothing in common."""
    made = make_session()
    rng = random.Random(4)
    for comment in add_random_comments(made, 200, seed=4):
        old = AnalysisResult.objects.filter(comment=comment).first()
        if old is not None:
            old.is_current = False
            old.save()
            make_result(comment, engine_version=NEWER, **random_result(rng)).save()
    return made


def older(session: Session) -> str:
    return next(one.version for one in versions_of(session) if one.version != NEWER)


def expected(session: Session, before: str) -> tuple[Counter[tuple[str, str, str]], int]:
    """The same, counted by hand."""
    by_version: dict[str, dict[object, AnalysisResult]] = {before: {}, NEWER: {}}
    for result in AnalysisResult.objects.filter(session=session):
        by_version[result.engine_version][result.comment_id] = result
    counts: Counter[tuple[str, str, str]] = Counter()
    changed = 0
    for comment, new in by_version[NEWER].items():
        old = by_version[before][comment]
        moves = [
            (name, getattr(old, name), getattr(new, name))
            for name in LABELS[:-1]
            if getattr(old, name) != getattr(new, name)
        ]
        named, names = ({theme["code"] for theme in result.themes} for result in (old, new))
        moves += [("themes", code, "") for code in named - names] + [("themes", "", code) for code in names - named]
        counts.update(moves)
        changed += bool(moves)
    return counts, changed


def test_every_move_is_counted_as_by_hand(session: Session) -> None:
    before = older(session)
    found = compare(session, before, NEWER)
    counts, changed = expected(session, before)
    assert {(move.label, move.old, move.new): move.n for move in found.moves} == counts
    assert (found.n, found.changed) == (AnalysisResult.objects.filter(engine_version=NEWER).count(), changed)
    assert [move.n for move in found.of("themes")] == sorted((move.n for move in found.of("themes")), reverse=True)


def test_each_number_leads_to_its_comments_a_page_at_a_time(session: Session) -> None:
    before = older(session)
    for move in compare(session, before, NEWER).moves:
        key = (move.label, move.old, move.new)
        assert len(moved_comments(session, before, NEWER, key, limit=500)) == move.n
    move = max(compare(session, before, NEWER).moves, key=lambda one: one.n)
    key = (move.label, move.old, move.new)
    every = moved_comments(session, before, NEWER, key, limit=500)
    first = moved_comments(session, before, NEWER, key, limit=2)
    rest = moved_comments(session, before, NEWER, key, above=first[-1].row_number, limit=500)
    assert [*first, *rest] == every


def test_a_version_compared_with_itself_changed_nothing(session: Session) -> None:
    found = compare(session, NEWER, NEWER)
    assert (found.changed, found.moves) == (0, ())


def test_another_sessions_results_do_not_count(session: Session) -> None:
    before = older(session)
    n = compare(session, before, NEWER).n
    other = add_comment(make_session(), result={"engine_version": before, "is_current": False})
    make_result(other, engine_version=NEWER, sentiment="mixed").save()
    assert compare(session, before, NEWER).n == n


def test_versions_say_how_much_they_labelled_and_show(session: Session) -> None:
    found = {one.version: (one.comments, one.current) for one in versions_of(session)}
    n = AnalysisResult.objects.filter(engine_version=NEWER).count()
    assert found == {NEWER: (n, n), older(session): (n, 0)}


def test_one_move_by_itself() -> None:
    made = make_session()
    comment = add_comment(made, result={"sentiment": "neutral", "engine_version": "a", "is_current": False})
    make_result(comment, engine_version="b", sentiment="mixed").save()
    assert compare(made, "a", "b").moves == (Move("sentiment", "neutral", "mixed", 1),)
