"""Sessions in the admin: verbs as actions, counts, deletion, and saves that overwrite nothing of the workers."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analysis.models import AuditEntry, Comment, Membership, Session, SessionState, Team
from analysis.processing import verbs
from tests import factories
from tests.admin.conftest import Open

LIST = "/admin/analysis/session/"


@pytest.fixture
def client(superuser: User, as_user: Open) -> Client:
    return as_user(superuser)


@pytest.fixture
def session(team: Team) -> Session:
    session = factories.make_session(team)
    factories.add_random_comments(session, 20)
    factories.reject_rows(session, [{"row_number": 21}])
    return session


def ask(client: Client, action: str, *sessions: Session) -> str:
    """Run an action on sessions; returns the page that follows."""
    data = {"action": action, "_selected_action": [str(each.pk) for each in sessions]}
    return client.post(LIST, data, follow=True).content.decode()


def state(session: Session) -> str:
    session.refresh_from_db()
    return session.state


def test_a_session_is_paused_resumed_and_cancelled(client: Client, session: Session, superuser: User) -> None:
    ask(client, "reanalyze", session)
    assert state(session) in {SessionState.QUEUED, SessionState.RUNNING}
    ask(client, "pause", session)
    assert state(session) == SessionState.PAUSED
    ask(client, "resume", session)
    assert state(session) == SessionState.QUEUED
    ask(client, "cancel", session)
    assert state(session) == SessionState.CANCELLED
    actions = AuditEntry.objects.filter(object_id=str(session.pk), actor=superuser).values_list("action", flat=True)
    assert {"session.reanalyze", "session.pause", "session.resume", "session.cancel"} <= set(actions)


def test_comments_that_were_set_aside_are_tried_again(client: Client, session: Session) -> None:
    aside = session.comments.filter(status="failed").count()
    assert aside
    ask(client, "retry_failed", session)
    assert not session.comments.filter(status="failed").exists()
    assert AuditEntry.objects.filter(action="session.retry_failed").exists()


@pytest.mark.parametrize("action", ["pause", "resume", "cancel", "retry_failed"])
def test_what_a_state_forbids_is_said_and_stops_no_other_session(client: Client, team: Team, action: str) -> None:
    able_state = {"resume": SessionState.PAUSED, "retry_failed": SessionState.COMPLETED}
    unable_state = {"retry_failed": SessionState.RUNNING}
    unable = factories.make_session(team, state=unable_state.get(action, SessionState.FAILED), name="Unable <one>")
    able = factories.make_session(team, state=able_state.get(action, SessionState.RUNNING), name="Able one")
    factories.add_comment(able, status="failed")
    before = state(unable)
    page = ask(client, action, unable, able)
    assert "Unable &lt;one&gt;: " in page
    assert state(unable) == before
    assert AuditEntry.objects.filter(object_id=str(able.pk), action=f"session.{action}").count() == 1


def test_the_page_shows_the_counts_of_the_invariant_and_the_ways_to_the_rows(client: Client, session: Session) -> None:
    html = client.get(f"{LIST}{session.pk}/change/").content.decode()
    invariant = f"{session.rows_total} = {session.comment_count} + {session.duplicate_count} + {session.rejected_count}"
    assert invariant in html
    for name in ("comment", "analysisresult", "rejectedrow", "chunk"):
        link = f"/admin/analysis/{name}/?session__id__exact={session.pk}"
        assert link in html
        assert client.get(link).status_code == 200


def test_the_page_leads_members_of_the_team_to_the_product(client: Client, session: Session, superuser: User) -> None:
    address = f"/sessions/{session.pk}/"
    change = f"{LIST}{session.pk}/change/"
    assert f'href="{address}"' not in client.get(change).content.decode()
    Membership.objects.create(user=superuser, team=session.team, role="operator")
    assert f'href="{address}"' in client.get(change).content.decode()
    assert client.get(address).status_code in {200, 302}


def test_saving_a_session_writes_its_name_alone(client: Client, session: Session, superuser: User) -> None:
    with CaptureQueriesContext(connection) as captured:
        client.post(f"{LIST}{session.pk}/change/", {"name": "Renamed", "priority": "high", "teaches": "on"})
    session.refresh_from_db()
    assert (session.name, session.priority) == ("Renamed", "high")
    [update] = [each["sql"] for each in captured if each["sql"].startswith('UPDATE "sessions"')]
    assert "rows_total" not in update
    assert "state" not in update
    entry = AuditEntry.objects.get(action="session.change", actor=superuser)
    assert entry.detail == {"fields": ["name", "priority"]}


def test_what_the_machine_counts_cannot_be_posted(client: Client, session: Session) -> None:
    data = {"name": "x", "priority": "low", "state": "failed", "rows_total": 0, "team": str(uuid.uuid4())}
    client.post(f"{LIST}{session.pk}/change/", data)
    session.refresh_from_db()
    assert session.state == SessionState.COMPLETED
    assert session.rows_total == 21


def test_a_session_is_deleted_with_its_rows_by_the_verb(client: Client, session: Session) -> None:
    question = client.get(f"{LIST}{session.pk}/delete/").content.decode()
    assert str(session.rows_total) in question
    client.post(f"{LIST}{session.pk}/delete/", {"post": "yes"})
    assert not Session.objects.filter(pk=session.pk).exists()
    assert not Comment.objects.filter(session_id=session.pk).exists()
    assert AuditEntry.objects.filter(action="session.delete", object_id=str(session.pk)).exists()


def test_the_question_before_a_deletion_reads_no_comment(client: Client, session: Session) -> None:
    with CaptureQueriesContext(connection) as captured:
        client.get(f"{LIST}{session.pk}/delete/")
    assert not any('FROM "comments"' in each["sql"] for each in captured)


def test_a_session_that_is_being_worked_on_is_not_deleted(client: Client, team: Team) -> None:
    session = factories.make_session(team, state=SessionState.RUNNING)
    client.post(f"{LIST}{session.pk}/delete/", {"post": "yes"})
    assert Session.objects.filter(pk=session.pk).exists()
    ask(client, "delete_selected", session)
    data = {"action": "delete_selected", "_selected_action": [str(session.pk)], "post": "yes"}
    client.post(LIST, data)
    assert Session.objects.filter(pk=session.pk).exists()


def test_a_session_taken_up_between_question_and_answer_stays(
    client: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_values: object) -> None:
        raise verbs.StateError("still_working", "Cancel the session before deleting it.")

    monkeypatch.setattr(verbs, "delete_session", refuse)
    response = client.post(f"{LIST}{session.pk}/delete/", {"post": "yes"})
    assert response.headers["Location"] == f"{LIST}{session.pk}/change/"
    assert Session.objects.filter(pk=session.pk).exists()


def test_a_session_is_found_by_a_part_of_its_name_or_by_its_id(client: Client, team: Team) -> None:
    wanted = factories.make_session(team, name="Marzo")
    factories.make_session(team, name="Abril")
    for term in ("arz", str(wanted.pk)):
        found = client.get(LIST, {"q": term}).context["cl"].result_list
        assert [each.pk for each in found] == [wanted.pk]


def test_a_team_that_owns_sessions_cannot_be_deleted(client: Client, session: Session) -> None:
    client.post(f"/admin/analysis/team/{session.team_id}/delete/", {"post": "yes"})
    assert Team.objects.filter(pk=session.team_id).exists()


def test_a_team_without_sessions_is_deleted_and_written_down(client: Client) -> None:
    empty = factories.make_team()
    client.post(f"/admin/analysis/team/{empty.pk}/delete/", {"post": "yes"})
    assert not Team.objects.filter(pk=empty.pk).exists()
    assert AuditEntry.objects.filter(action="team.delete", object_id=str(empty.pk)).exists()
