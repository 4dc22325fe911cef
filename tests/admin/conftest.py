"""People of the staff, and rows of every model that the admin shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from analysis.engines.embedded.taxonomy import Taxonomy
from analysis.models import (
    ApiToken,
    AuditEntry,
    Budget,
    Chunk,
    Correction,
    Discovery,
    EngineModel,
    IdempotencyKey,
    LanguageModel,
    NodePool,
    ProviderCall,
    ProviderNode,
    RateWindow,
    Role,
    Session,
    Spending,
    StoredFile,
    TaxonomyVersion,
    Team,
    Theme,
    ThemePhrase,
    Usage,
    Worker,
)
from analysis.models.base import new_id
from tests import factories
from tests.perf.rows import fill_instruments

Open = Callable[[User], Client]


@pytest.fixture
def superuser(db: None) -> User:
    return factories.make_user(None, username="root", superuser=True)


@pytest.fixture
def team(db: None) -> Team:
    return factories.make_team("Ours")


@pytest.fixture
def staff(team: Team) -> User:
    """A member of the staff in the team, with no permission yet."""
    user = factories.make_user(team, Role.OPERATOR, username="staff")
    user.is_staff = True
    user.save()
    return user


@pytest.fixture
def operator(staff: User) -> User:
    """A member of the staff in the operators' group."""
    staff.groups.add(Group.objects.get(name="Operators"))
    return staff


@pytest.fixture
def as_user() -> Open:
    """A client that is logged in as the user."""

    def open_as(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return open_as


def fill(team: Team, owner: User, rows: int) -> Session:
    """Add so many rows of every model that the admin shows, all of one team; returns the session of most of them."""
    session = factories.make_session(team)
    for _number in range(rows - 1):
        factories.make_session(team)
    comments = factories.add_random_comments(session, rows)
    first = session.comments.count() + 1
    factories.reject_rows(session, ({"row_number": first + n, "value": "x", "cells": {"a": "x"}} for n in range(rows)))
    Correction.objects.bulk_create(
        Correction(comment=comment, field="sentiment", old_value="neutral", new_value="mixed", created_by=owner)
        for comment in comments
    )
    tag = f"{session.pk}"[-12:]
    for number in range(rows):
        _fill_row(session, owner, f"{tag}-{number}", number)
    return session


def _fill_row(session: Session, owner: User, name: str, number: int) -> None:
    now = timezone.now()
    factories.make_user(factories.make_team(f"Team {name}"), username=f"member-{name}")
    Group.objects.create(name=name)
    StoredFile.objects.create(
        team=session.team, original_name=name, stored_name=name, size=1, sha256=name, created_by=owner
    )
    Chunk.objects.create(session=session, run=number, first_row=number, last_row=number)
    Discovery.objects.create(session=session, kind="similar", revision=number)
    Worker.objects.create(
        name=name, slot="1", pid=1, queues="default", started_at=now, heartbeat_at=now - timedelta(seconds=number)
    )
    ApiToken.objects.create(user=owner, name=name, prefix="fc_", digest=name, scopes=["sessions:read"])
    IdempotencyKey.objects.create(user=owner, key=name, request_digest="x")
    RateWindow.objects.create(key=name, hits=1, ends_at=now)
    EngineModel.objects.create(name=name, digest=name[-16:], created_by=owner, manifest_text='{"seed": 1}')
    AuditEntry.objects.create(
        actor=owner, action="session.create", object_type="session", object_id=str(session.pk), detail={"n": number}
    )
    theme = Theme.objects.create(code=f"t{new_id().hex}", name_es=name, name_en=name)
    ThemePhrase.objects.create(theme=theme, pattern="demora*")
    TaxonomyVersion.objects.create(
        number=TaxonomyVersion.objects.count() + 1, snapshot=Taxonomy.built_in().to_plain(), digest="0" * 12,
        published_by=owner,
    )  # fmt: skip
    _fill_costs(session, name, number)
    fill_instruments(name, number)


def _fill_costs(session: Session, name: str, number: int) -> None:
    """Kinds of pools and budgets are few; for the length of lists their codes may be any."""
    code, today = new_id().hex[-10:], timezone.localdate()
    model = LanguageModel.objects.create(name=name, price_in=1, price_out=2)
    pool = NodePool.objects.create(engine=code, model=model)
    node = ProviderNode.objects.create(name=name, pool=pool, base_url="https://node.example/v1")
    Budget.objects.create(scope=code, most=1)
    Spending.objects.create(scope="session", key=code, committed=1)
    Usage.objects.create(day=today, engine="llm", session=session, run=number, texts=1, provided=1)
    ProviderCall.objects.create(
        node=node, engine="llm", model=name, session=session, items=1, reserved=1, cost=1, day=today, state="settled"
    )
