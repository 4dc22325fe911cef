"""Two teams: the one that a test is about, and strangers who must see nothing of it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from analysis.models import Role, Session, Team
from tests.api.contract import Api
from tests.factories import add_random_comments, make_session, make_team, make_user, reject_rows


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@pytest.fixture
def analyst(team: Team) -> User:
    return make_user(team, Role.ANALYST)


@pytest.fixture
def api(analyst: User) -> Api:
    """An analyst of the team, with every scope an analyst has."""
    return Api(analyst)


@pytest.fixture
def viewer(team: Team) -> Api:
    """Somebody of the team who may only look."""
    return Api(make_user(team, Role.VIEWER))


@pytest.fixture
def stranger(db: None) -> Api:
    """A supervisor of another team."""
    return Api(make_user(make_team(), Role.SUPERVISOR))


@pytest.fixture
def anonymous(db: None) -> Api:
    return Api()


@pytest.fixture
def session(team: Team) -> Session:
    """A completed session of the team with comments of every kind and two rejected rows."""
    session = make_session(team)
    add_random_comments(session, 60, seed=7)
    reject_rows(session, [{"row_number": 61, "column": "Nota", "value": "once"}, {"row_number": 62}])
    return session
