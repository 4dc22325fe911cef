"""A supervisor with a draft begun from the built-in taxonomy, and nothing published yet."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from analysis.models import Role, Team
from analysis.taxonomies import begin_draft
from tests import factories


@pytest.fixture
def team(db: None) -> Team:
    return factories.make_team("Ours")


@pytest.fixture
def supervisor(team: Team, fresh_taxonomy: None) -> User:
    return factories.make_user(team, Role.SUPERVISOR)


@pytest.fixture
def drafting(supervisor: User) -> User:
    """The supervisor, once there is a draft."""
    begin_draft(actor=supervisor)
    return supervisor
