"""What the page of a session's work says and offers."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from analysis.intake.uploads import create_session
from analysis.models import AuditEntry, Role, Session, SessionState, Team
from analysis.processing.heartbeat import beat
from analysis.processing.verbs import start_import
from analysis.sample import SAMPLE_FILE
from tests.factories import make_session, make_user
from tests.web.conftest import browser_of
from tests.web.html import Element, read

Finish = Callable[[Session], Session]


def show(client: Client, session: Session) -> Element:
    return read(client.get(reverse("progress", args=[session.pk])))


def offered(page: Element) -> set[str]:
    part = page.one(id="progress")
    asked = {form.attributes["action"].rstrip("/").rsplit("/", 1)[1] for form in part.all("form")}
    return asked | ({"reanalyze"} if part.all("a", id="do-reanalyze") else set())


@pytest.fixture
def begun(team: Team, analyst: User) -> Session:
    """A session of the sample whose import is waiting for a worker."""
    with SAMPLE_FILE.open("rb") as upload:
        session = create_session(team=team, user=analyst, name="s", upload=upload, filename=SAMPLE_FILE.name)
    return start_import(session=session, actor=analyst)


def test_it_says_when_nobody_works(client: Client, begun: Session) -> None:
    assert "No hay ningún trabajador en marcha." in show(client, begun).text
    beat("w1", "w", "default", 0)
    assert "No hay ningún trabajador en marcha." not in show(client, begun).text


def test_while_it_works_the_page_renews_itself_with_and_without_javascript(client: Client, begun: Session) -> None:
    page = show(client, begun)
    assert page.one("noscript").one("meta").attributes["http-equiv"] == "refresh"
    assert page.one(id="progress").attributes["hx-trigger"] == "every 1s"


def test_the_renewed_part_is_the_part_alone(client: Client, begun: Session) -> None:
    answer = client.get(reverse("progress", args=[begun.pk]), headers={"HX-Request": "true"})
    assert answer.content.decode().lstrip().startswith('<div id="progress"')
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_at_the_end_it_stops_renewing_and_shows_what_came_out(client: Client, begun: Session, finish: Finish) -> None:
    finish(begun)
    page = show(client, begun)
    assert page.all("noscript") == []
    assert "hx-trigger" not in page.one(id="progress").attributes
    counts = [int(each.one("b").text) for each in page.one("ul", class_="tally").all("li")]
    assert sum(counts) == 846
    assert page.one("progress").attributes["value"] == "100"


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        (SessionState.RUNNING, {"pause", "cancel"}),
        (SessionState.PAUSED, {"resume", "cancel"}),
        (SessionState.CANCELLED, {"resume", "reanalyze"}),
        (SessionState.COMPLETED, {"reanalyze"}),
        (SessionState.COMPLETED_WITH_ERRORS, {"retry", "reanalyze"}),
    ],
)
def test_only_what_the_state_allows_is_offered(
    state: SessionState, actions: set[str], client: Client, team: Team
) -> None:
    session = make_session(team, state=state)
    assert offered(show(client, session)) == actions
    assert offered(show(browser_of(make_user(team, Role.VIEWER)), session)) == set()


def test_a_session_is_paused_resumed_and_cancelled_by_its_buttons(client: Client, begun: Session) -> None:
    for action, state in (("pause", "paused"), ("resume", "importing"), ("cancel", "cancelled")):
        answer = client.post(reverse("session-action", args=[begun.pk, action]))
        assert answer.headers["Location"] == reverse("progress", args=[begun.pk])
        begun.refresh_from_db()
        assert begun.state == state
    assert AuditEntry.objects.filter(object_id=str(begun.pk), action="session.cancel").exists()


def test_what_the_state_forbids_is_explained(client: Client, session: Session) -> None:
    answer = client.post(reverse("session-action", args=[session.pk, "pause"]), follow=True)
    assert "No se está trabajando en esta sesión." in read(answer).one("div", class_="notes").text


def test_a_failure_says_what_happened_and_what_to_do(client: Client, team: Team) -> None:
    detail = orjson.dumps({"params": {"limit": "512"}}).decode()
    session = make_session(team, state=SessionState.FAILED, failure_code="too_large_unpacked", failure_detail=detail)
    note = show(client, session).one("div", role="alert").text
    assert "El libro ocuparía más de 512 MB al descomprimirse." in note
    assert "guárdelo como CSV" in note


def test_a_failure_without_its_parameters_is_still_said(client: Client, team: Team) -> None:
    for code in ("too_large_unpacked", "something_new"):
        session = make_session(team, state=SessionState.FAILED, failure_code=code, failure_detail="not json")
        assert show(client, session).one("div", role="alert").text


@pytest.mark.parametrize("reason", ["budget_day", "budget_month", "budget_session", "no_node", "no_consent"])
def test_a_session_that_paused_by_itself_says_why(reason: str, client: Client, team: Team) -> None:
    session = make_session(team, state=SessionState.PAUSED, pause_reason=reason)
    part = show(client, session).one(id="progress")
    assert "En pausa: " in part.text
    assert offered(show(client, session)) == {"resume", "cancel"}
