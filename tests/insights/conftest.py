"""Some hundreds of varied comments, made once a module; tests must only read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.db.models import QuerySet
from pytest_django.plugin import DjangoDbBlocker

from analysis.models import Comment, Session, Team
from tests import factories
from tests.insights.oracle import Row, rows_of


@dataclass(frozen=True)
class Varied:
    """Two sessions of one team, and one of another team that must never be counted."""

    team: Team
    sessions: QuerySet[Session]
    first: Session
    rows: list[Row] = field(repr=False)


@pytest.fixture(scope="module")
def varied(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Varied]:
    with django_db_blocker.unblock():
        team, strangers = factories.make_team(), factories.make_team()
        first = factories.make_session(team)
        for number, session in enumerate([first, factories.make_session(team), factories.make_session(strangers)]):
            factories.add_random_comments(session, 300, seed=number)
        sessions = Session.objects.filter(team=team)
        yield Varied(team, sessions, first, rows_of(Comment.objects.filter(session__in=sessions)))
        team.delete()
        strangers.delete()
