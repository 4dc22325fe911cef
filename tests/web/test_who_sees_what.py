"""Each page by role; strangers and the logged out see nothing."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from analysis.models import Comment, Role, Session, Team
from tests.factories import make_session, make_user
from tests.web.conftest import browser_of

READERS = frozenset(Role)
WRITERS = frozenset({Role.ANALYST, Role.SUPERVISOR, Role.INTEGRATOR})
CORRECTORS = frozenset({Role.ANALYST, Role.SUPERVISOR})
OPERATORS = frozenset({Role.OPERATOR})
EXPORTERS = frozenset(Role) - {Role.OPERATOR}

TRAINERS = frozenset({Role.SUPERVISOR})

OWN = {
    "home": READERS,
    "import-file": WRITERS,
    "account": READERS,
    "status": OPERATORS,
    "engine": READERS,
    "engine-train": TRAINERS,
    "engine-roll-back": TRAINERS,
}
OF_A_SESSION = {
    "session": READERS,
    "comments": READERS,
    "comment": READERS,
    "progress": READERS,
    "rejected": READERS,
    "session-versions": READERS,
    "rejected-xlsx": EXPORTERS,
    "session-delete": WRITERS,
    "session-reanalyze": WRITERS,
}
SENT = {
    "session-action": WRITERS,
    "import-mended": WRITERS,
    "comment-correct": CORRECTORS,
    "version-show": WRITERS,
    "version-analyze": WRITERS,
    "session-reanalyze": WRITERS,
    "session-delete": WRITERS,
}
SETUP = ("import-columns", "import-check", "import-start")


def address(name: str, session: Session) -> str:
    comment = Comment.objects.filter(session=session).order_by("row_number").first()
    assert comment is not None
    values: dict[str, object] = {"session_id": session.pk}
    if name.startswith("comment") and name != "comments":
        values["comment_id"] = comment.pk
    if name == "session-action":
        values["action"] = "pause"
    return reverse(name, kwargs=values)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_the_pages_it_may_and_is_told_of_the_others(role: Role, team: Team, session: Session) -> None:
    client = browser_of(make_user(team, role))
    answers = {name: client.get(reverse(name)).status_code for name in OWN}
    answers |= {name: client.get(address(name, session)).status_code for name in OF_A_SESSION}
    assert answers == {name: 200 if role in roles else 403 for name, roles in (OWN | OF_A_SESSION).items()}


@pytest.mark.parametrize("role", list(Role))
def test_only_those_who_may_can_send_a_change(role: Role, team: Team, session: Session) -> None:
    client = browser_of(make_user(team, role))
    for name, roles in SENT.items():
        answer = client.post(address(name, session)).status_code
        assert answer == (302 if role in roles else 403), name


@pytest.mark.parametrize("name", [*OF_A_SESSION, *SETUP])
def test_another_teams_session_is_as_unknown_as_a_wrong_id(name: str, stranger: Client, session: Session) -> None:
    answer = stranger.get(address(name, session))
    missing = make_session()
    url = address(name, session).replace(str(session.pk), str(missing.pk))
    missing.delete()
    assert answer.status_code == stranger.get(url).status_code == 404


@pytest.mark.parametrize("name", SENT)
def test_nobody_changes_another_teams_session(name: str, stranger: Client, session: Session) -> None:
    assert stranger.post(address(name, session)).status_code == 404


@pytest.mark.parametrize("name", [*OF_A_SESSION, *SETUP])
def test_whoever_is_not_logged_in_is_asked_to(name: str, session: Session) -> None:
    url = address(name, session)
    assert Client().get(url).headers["Location"] == f"{reverse('login')}?next={url}"


def test_a_part_of_a_page_sends_the_whole_page_to_the_login(session: Session) -> None:
    url = address("progress", session)
    answer = Client().get(url, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{url}"})
    assert answer.headers["HX-Redirect"] == f"{reverse('login')}?next={url}"


def test_somebody_without_a_team_is_told_so(db: None) -> None:
    client = browser_of(make_user(None))
    assert client.get(reverse("home")).status_code == 403
    assert client.get(reverse("account")).status_code == 200


def test_nothing_is_offered_that_would_be_refused(team: Team, session: Session) -> None:
    viewer = browser_of(make_user(team, Role.VIEWER))
    page = viewer.get(address("session", session)).content.decode()
    assert reverse("session-delete", args=[session.pk]) not in page
    assert reverse("import-file") not in page
    assert reverse("status") not in page
