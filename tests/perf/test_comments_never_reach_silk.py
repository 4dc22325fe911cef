"""While every request is recorded, no word of a comment or of a search reaches silk, whichever door is used."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings
from silk.models import Request, Response, SQLQuery

from analysis.models import AuditEntry, Comment, Role
from tests import factories

CANARY = "canarioinconfundible"


@pytest.fixture
def client(db: None) -> Client:
    """A superuser who is a supervisor of the team that owns the comment."""
    team = factories.make_team()
    user = factories.make_user(team, Role.SUPERVISOR, superuser=True)
    session = factories.make_session(team)
    factories.add_comment(session, f"Muy lento {CANARY}", result={}, region=f"Barrio {CANARY}")
    browser = Client()
    browser.force_login(user)
    return browser


def recorded() -> str:
    return repr([row for model in (Request, Response, SQLQuery) for row in model.objects.values()])


def test_pages_api_and_admin_leave_no_word_of_a_comment(client: Client, settings: Settings) -> None:
    comment = Comment.objects.get()
    session = comment.session
    settings.SILKY_SAMPLE_PERCENT = 100.0
    pages = [
        f"/sessions/{session.pk}/comments/?q={CANARY}",
        f"/sessions/{session.pk}/comments/{comment.pk}/",
        f"/api/v1/sessions/{session.pk}/comments?q={CANARY}",
        f"/api/v1/sessions/{session.pk}/comments?region=Barrio+{CANARY}",
        f"/admin/analysis/comment/?session__id__exact={session.pk}&q={CANARY}",
        f"/admin/analysis/comment/{comment.pk}/change/",
    ]
    for page in pages:
        assert CANARY in client.get(page).content.decode(), page
    client.post("/api/v1/analyze", {"texts": [{"id": "1", "text": CANARY}]}, content_type="application/json")
    settings.SILKY_SAMPLE_PERCENT = 0.0
    assert Request.objects.count() == len(pages) + 1
    assert SQLQuery.objects.filter(query__contains='"comments"').exists()
    assert CANARY not in recorded()
    assert CANARY not in repr(list(AuditEntry.objects.values()))
