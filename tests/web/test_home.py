"""Home: the last session's figures, what is running, and the list of all sessions."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from analysis.models import Role, SessionState, Team
from tests.factories import add_comments, make_session, make_user
from tests.web.conftest import browser_of
from tests.web.html import Element, read


def home(client: Client, query: str = "") -> Element:
    return read(client.get(reverse("home") + query))


def test_a_new_team_is_shown_how_to_begin(client: Client) -> None:
    page = home(client)
    assert "¿Qué dicen sus clientes?" in page.text
    assert page.all("form", action=reverse("load-sample"))
    assert "Todavía no hay sesiones." in page.text


def test_a_viewer_is_not_asked_to_begin(team: Team) -> None:
    page = home(browser_of(make_user(team, Role.VIEWER)))
    assert page.all("form", action=reverse("load-sample")) == []


def test_the_last_session_is_compared_with_the_one_before(client: Client, team: Team) -> None:
    now = timezone.now()
    for days, good in ((2, 1), (1, 3)):
        session = make_session(team, name=f"Hace {days}", created_at=now - timedelta(days=days))
        groups = ["promoter"] * good + ["detractor"] * (4 - good)
        add_comments(session, [{"text": f"t{n}", "nps_group": group, "result": {}} for n, group in enumerate(groups)])
    page = home(client)
    assert page.one(id="last-h").text == "Hace 1"
    figures = page.one("dl", class_="figures").text
    assert "+50,0" in figures
    assert "+100,0 puntos" in figures


def test_what_runs_is_shown_with_its_progress(client: Client, team: Team) -> None:
    session = make_session(team, state=SessionState.RUNNING, name="En marcha")
    running = home(client).one(id="running")
    assert "En marcha" in running.text
    assert running.one("a").attributes["href"] == reverse("progress", args=[session.pk])
    assert "No hay ningún trabajador en marcha." in running.text


def test_other_teams_sessions_are_not_in_the_list(client: Client) -> None:
    make_session(name="De otros")
    assert "De otros" not in home(client).text


def test_the_list_is_walked_there_and_back(client: Client, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.web.home.SIZE", 3)
    now = timezone.now()
    for number in range(8):
        make_session(team, name=f"S{number}", created_at=now - timedelta(hours=number // 2))
    seen, page = [], home(client)
    while True:
        seen.append([row.one("th").text for row in page.one("table", class_="sessions").one("tbody").all("tr")])
        further = [link for link in page.all("a") if "before=" in link.attributes.get("href", "")]
        if not further:
            break
        page = read(client.get(further[0].attributes["href"]))
    assert sorted(chain.from_iterable(seen)) == [f"S{number}" for number in range(8)]
    assert [len(rows) for rows in seen] == [3, 3, 2]
    back = next(link for link in page.all("a") if "after=" in link.attributes.get("href", ""))
    again = read(client.get(back.attributes["href"]))
    assert [row.one("th").text for row in again.one("table", class_="sessions").one("tbody").all("tr")] == seen[1]


@pytest.mark.parametrize("query", ["?before=nonsense", "?before=01990f3e-7b1c-7c4a-9d2e-0123456789ab"])
def test_a_place_that_is_not_in_the_list_begins_anew(query: str, client: Client, team: Team) -> None:
    make_session(team, name="La primera")
    assert "La primera" in home(client, query).text
