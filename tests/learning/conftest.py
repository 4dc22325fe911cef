"""The pupil among the engines, a session whose comments can be corrected, and people who do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from analysis.corrections import correct_comment
from analysis.models import Comment, Session, Team
from analysis.routing import releases
from tests import pupil
from tests.factories import add_comments, make_session, make_team, make_user

Correct = Callable[..., list[Comment]]


@pytest.fixture(autouse=True)
def _class(tmp_path: Path, settings: Settings) -> Iterator[None]:
    settings.ENGINES_DIR = tmp_path / "engines"
    with pupil.in_class():
        yield
    releases._kept.clear()
    releases._seen.clear()


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@pytest.fixture
def analyst(team: Team) -> User:
    return make_user(team)


@pytest.fixture
def session(team: Team) -> Session:
    return make_session(team, engine=pupil.NAME)


@pytest.fixture
def correct(session: Session, analyst: User) -> Correct:
    """Comments with a result each, whose sentiment (or other labels) a person corrected one after the other."""

    def add(
        count: int = 1, *, of: Session = session, text: str = "Zorzal número {}", **values: object
    ) -> list[Comment]:
        start = of.comments.count()
        rows = [{"text": text.format(start + number), "result": {}} for number in range(count)]
        comments = add_comments(of, rows)
        for comment in comments:
            correct_comment(comment=comment, values=values or {"sentiment": "negative"}, actor=analyst)
        return comments

    return add
