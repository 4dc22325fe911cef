"""A profiling session records what it asks for, as often as it allows, and says which recordings are its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from silk.models import Request, Response, SQLQuery

from analysis import access, tokens
from analysis.models import Role
from analysis.processing.around import around
from perf.models import ProfilingScope, ProfilingSession
from perf.profiling import live, sessions
from perf.profiling.jobs import recorded_job
from perf.profiling.recording import RecordingMiddleware
from tests import factories
from tests.perf.sampling import profiling

pytestmark = pytest.mark.django_db


def paths() -> list[str]:
    return sorted(Request.objects.values_list("path", flat=True))


def test_a_path_is_recorded_and_no_other(client: Client) -> None:
    with profiling(scope=ProfilingScope.PATH, target="/login") as session:
        client.get("/login/")
        client.get("/perf/")
    assert paths() == ["/login/"]
    assert session.recordings.get().request.path == "/login/"


def test_a_page_is_recorded_by_its_name(client: Client) -> None:
    with profiling(scope=ProfilingScope.VIEW, target="admin:login"):
        client.get("/login/")
        client.get("/admin/login/")
    assert paths() == ["/admin/login/"]


def test_a_person_is_recorded_on_pages_and_as_the_owner_of_a_token(client: Client) -> None:
    ana = factories.make_user(factories.make_team(), Role.ANALYST)
    _row, secret = tokens.create_token(user=ana, name="t", scopes=[access.READ], granted=access.scopes_of(ana))
    other = Client()
    other.force_login(factories.make_user(factories.make_team(), Role.ANALYST))
    client.force_login(ana)
    with profiling(scope=ProfilingScope.USER, user=ana):
        client.get("/account/")
        other.get("/account/")
        Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/sessions")
        Client().get("/login/")
    assert paths() == ["/account/", "/api/v1/sessions"]


def test_a_session_ends_with_its_last_recording(client: Client) -> None:
    with profiling(most=2) as session:
        for _ in range(4):
            client.get("/login/")
    session.refresh_from_db()
    assert Request.objects.count() == session.recorded == 2
    assert (session.is_open(), session.ending) == (False, ProfilingSession.Ending.FULL)


def test_a_session_ends_by_hand_and_by_the_clock(client: Client) -> None:
    root = factories.make_user(None, superuser=True)
    with profiling() as session:
        assert sessions.stop(session=session, actor=root)
        live.look()
        client.get("/login/")
        assert not sessions.stop(session=session, actor=root)
    with profiling() as late:
        ProfilingSession.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
        live.look()
        client.get("/login/")
    assert paths() == []
    late.refresh_from_db()
    assert not late.is_open()
    assert LogEntry.objects.filter(object_id=str(session.pk)).count() == 2


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"scope": ProfilingScope.PATH}, "target"),
        ({"scope": ProfilingScope.PATH, "target": "login"}, "target"),
        ({"scope": ProfilingScope.VIEW}, "target"),
        ({"scope": ProfilingScope.USER}, "user"),
        ({"most": 0}, "most"),
        ({"most": sessions.MOST_RECORDINGS + 1}, "most"),
    ],
)
def test_a_session_that_says_too_little_or_wants_too_much_is_refused(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        sessions.check(ProfilingSession(**fields))
    assert list(refusal.value.message_dict) == [named]


def test_python_is_profiled_when_asked(client: Client) -> None:
    with profiling(with_python=True):
        client.get("/login/")
    assert "function calls" in Request.objects.get().pyprofile
    assert "cumtime" in Request.objects.get().pyprofile


def test_raw_cursors_and_copies_are_noted() -> None:
    def view(_request: HttpRequest) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE things (a text) ON COMMIT DROP")
            with cursor.copy("COPY things FROM STDIN") as copy:
                copy.write_row(["canary"])
            cursor.execute("SELECT count(*) FROM things WHERE a = 'canary'")
            assert cursor.fetchone() == (1,)
        return HttpResponse()

    with profiling():
        RecordingMiddleware(view)(RequestFactory().get("/somewhere/"))
    statements = list(SQLQuery.objects.order_by("identifier").values_list("query", flat=True))
    assert statements[-2:] == ["COPY things FROM STDIN", "SELECT count(*) FROM things WHERE a = $1"]
    assert __file__ in SQLQuery.objects.latest("pk").traceback
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # the connection is as it was
    assert SQLQuery.objects.count() == len(statements)


def test_a_job_is_recorded_with_its_statements_and_its_failure() -> None:
    with profiling(scope=ProfilingScope.JOB, target="drain"):
        with around("drain"):
            factories.make_team()
        with pytest.raises(KeyError), recorded_job("drain"):
            raise KeyError("x")
        with recorded_job("train"):
            factories.make_team()
    done, failed = Request.objects.order_by("start_time")
    assert (done.path, done.view_name, done.method) == ("/job/drain/", "job.drain", "JOB")
    assert done.num_sql_queries >= 1
    assert done.queries.filter(query__startswith="INSERT INTO").exists()
    assert list(Response.objects.order_by("status_code").values_list("status_code", flat=True)) == [200, 500]
    assert failed.num_sql_queries == 0


def test_of_very_many_statements_the_first_are_kept_and_all_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perf.profiling.capture.MOST_STATEMENTS", 3)
    with profiling(scope=ProfilingScope.JOB), recorded_job("any"), connection.cursor() as cursor:
        for _ in range(5):
            cursor.execute("SELECT 1")
    assert Request.objects.get().num_sql_queries == 5
    assert SQLQuery.objects.count() == 3
