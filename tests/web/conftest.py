"""A team with a session of comments of every kind, its people, and strangers who must see nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from analysis.models import Chunk, Role, Session, Team
from analysis.processing.drain import drain
from tests.factories import add_random_comments, make_session, make_team, make_user, reject_rows


@pytest.fixture(autouse=True)
def _spanish() -> Iterator[None]:
    """What a test says of names and figures is said in the language of the pages."""
    with translation.override("es"):
        yield


@pytest.fixture(autouse=True)
def _files_apart(settings: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")  # type: ignore[attr-defined]


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@pytest.fixture
def analyst(team: Team) -> User:
    return make_user(team, Role.ANALYST)


@pytest.fixture
def client(analyst: User) -> Client:
    """The browser of an analyst of the team."""
    return browser_of(analyst)


@pytest.fixture
def stranger(db: None) -> Client:
    """The browser of a supervisor of another team."""
    return browser_of(make_user(make_team(), Role.SUPERVISOR))


@pytest.fixture
def session(team: Team) -> Session:
    """A completed session of the team with comments of every kind and two rejected rows."""
    session = make_session(team)
    add_random_comments(session, 60, seed=7)
    reject_rows(session, [{"row_number": 61, "column": "Nota", "value": "once", "reason": "bad_rating"}])
    return session


@pytest.fixture
def finish() -> Callable[[Session], Session]:
    """Do the work of a session in this process until it ends."""

    def run(session: Session) -> Session:
        for _ in range(50):
            Chunk.objects.filter(session=session).update(not_before=None)
            drain(session.pk, "tester", seconds=30)
            session.refresh_from_db()
            if session.is_final:
                break
        return session

    return run


def browser_of(user: User) -> Client:
    """A client that is logged in."""
    client = Client()
    client.force_login(user)
    return client
