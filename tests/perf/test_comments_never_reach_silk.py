"""While every request is recorded, no word of a comment or of a search reaches silk, whichever door is used."""

from __future__ import annotations

import io

import pytest
from django.db import connection
from django.test import Client
from psycopg import sql
from silk.models import Request, Response, SQLQuery

from analysis.intake.uploads import create_session
from analysis.models import AuditEntry, Comment, Role
from analysis.processing import verbs
from analysis.processing.around import around
from analysis.processing.drain import drain
from perf.models import ProfilingScope
from tests import factories
from tests.perf.sampling import profiling, sampled

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


def test_pages_api_and_admin_leave_no_word_of_a_comment(client: Client) -> None:
    comment = Comment.objects.get()
    session = comment.session
    pages = [
        f"/sessions/{session.pk}/comments/?q={CANARY}",
        f"/sessions/{session.pk}/comments/{comment.pk}/",
        f"/api/v1/sessions/{session.pk}/comments?q={CANARY}",
        f"/api/v1/sessions/{session.pk}/comments?region=Barrio+{CANARY}",
        f"/admin/analysis/comment/?session__id__exact={session.pk}&q={CANARY}",
        f"/admin/analysis/comment/{comment.pk}/change/",
    ]
    with sampled(100):
        for page in pages:
            assert CANARY in client.get(page).content.decode(), page
        client.post("/api/v1/analyze", {"texts": [{"id": "1", "text": CANARY}]}, content_type="application/json")
    assert Request.objects.count() == len(pages) + 1
    assert SQLQuery.objects.filter(query__contains='"comments"').exists()
    assert CANARY not in recorded()
    assert CANARY not in repr(list(AuditEntry.objects.values()))


def test_jobs_copies_raw_statements_and_python_profiles_leave_no_word_of_a_comment(db: None) -> None:
    team = factories.make_team()
    rows = [f"Muy lento {CANARY} {number}" for number in range(30)]
    with profiling(scope=ProfilingScope.JOB, with_python=True):
        content = io.BytesIO("\n".join(["Comentario Final", *rows]).encode())
        session = create_session(team=team, user=None, name="any", upload=content, filename="comments.csv")
        verbs.start_import(session=session, actor=None)
        with around("drain"):
            drain(session.pk, "test", seconds=30)
        with around("raw"), connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM comments WHERE text LIKE '%{CANARY}%' LIMIT 1")  # noqa: S608
            assert cursor.fetchone()
            cursor.execute(sql.SQL("SELECT {}").format(sql.Literal(CANARY)))
    assert Comment.objects.filter(text__contains=CANARY).count() == len(rows)
    statements = SQLQuery.objects.filter(request__path="/job/drain/")
    assert statements.filter(query__contains="COPY").count() >= 2
    assert all(Request.objects.values_list("pyprofile", flat=True))
    assert CANARY not in recorded()
