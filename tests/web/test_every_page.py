"""What holds for each page: the headers, the languages, light and dark, nothing inline, calm errors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from analysis.models import Comment, Session, Team
from tests.factories import make_user
from tests.web.conftest import browser_of
from tests.web.html import read

NAMES = (
    "home", "import-file", "account", "status", "session", "comments", "comment", "progress", "discover", "rejected",
    "session-delete", "session-reanalyze", "session-versions", "engine", "engine-train", "engine-roll-back", "login",
)  # fmt: skip
OWN = ("home", "import-file", "account", "status", "engine", "engine-train", "engine-roll-back", "login")
INLINE = re.compile(rb"\sstyle=|\son[a-z]+=|<style|javascript:|hx-on|hx-vals=.js:", re.IGNORECASE)


@pytest.fixture
def everything(team: Team) -> Client:
    """The browser of somebody who may open every page."""
    return browser_of(make_user(team, superuser=True))


def address(name: str, session: Session) -> str:
    if name in OWN:
        return reverse(name)
    if name == "comment":
        return reverse(name, args=[session.pk, Comment.objects.filter(session=session).latest("row_number").pk])
    return reverse(name, args=[session.pk])


def page_of(name: str, client: Client, session: Session) -> Any:
    return (Client() if name == "login" else client).get(address(name, session))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_inline_and_the_policy_says_so(name: str, everything: Client, session: Session) -> None:
    answer = page_of(name, everything, session)
    assert answer.status_code == 200
    assert INLINE.findall(answer.content) == []
    scripts = [each for each in read(answer).all("script") if "src" not in each.attributes]
    assert {each.attributes["type"] for each in scripts} <= {"application/json"}
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", [name for name in NAMES if name != "login"])
def test_what_a_page_shows_is_kept_by_nobody(name: str, everything: Client, session: Session) -> None:
    answer = page_of(name, everything, session)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("name", NAMES)
def test_each_page_has_its_title_language_and_labels(name: str, everything: Client, session: Session) -> None:
    page = read(page_of(name, everything, session))
    assert page.one("html").attributes["lang"] == "es"
    assert page.one("title").text
    assert len(page.all("h1")) == 1
    labelled = {label.attributes.get("for") for label in page.all("label")}
    for each in [*page.all("input"), *page.all("select")]:
        if each.attributes.get("type") != "hidden":
            assert each.attributes["id"] in labelled
    ids = [each.attributes["id"] for each in page.all() if "id" in each.attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", NAMES)
def test_each_page_speaks_english_when_asked_to(name: str, everything: Client, session: Session) -> None:
    client = Client() if name == "login" else everything
    client.post(reverse("set-language"), {"language": "en", "next": "/"})
    answer = client.get(address(name, session))
    page = read(answer)
    assert page.one("html").attributes["lang"] == answer.headers["Content-Language"] == "en"
    assert "Language" in page.one("footer").text
    assert page.one("footer").one("button", lang="en").attributes["aria-pressed"] == "true"


def test_the_language_is_switched_back_by_the_footer(client: Client) -> None:
    client.post(reverse("set-language"), {"language": "en", "next": "/"})
    form = read(client.get(reverse("account"))).one("form", action=reverse("set-language"))
    answer = client.post(form.attributes["action"], form.fields() | {"language": "es"})
    assert answer.headers["Location"] == reverse("account")
    assert read(client.get(reverse("account"))).one("html").attributes["lang"] == "es"


def test_light_or_dark_is_chosen_in_the_footer(client: Client) -> None:
    form = read(client.get(reverse("account"))).one("form", action=reverse("set-theme"))
    answer = client.post(form.attributes["action"], form.fields() | {"theme": "dark"})
    assert answer.headers["Location"] == reverse("account")
    cookie = client.cookies["theme"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("dark", True, "Lax")
    assert read(client.get(reverse("home"))).one("html").attributes["data-theme"] == "dark"
    client.post(reverse("set-theme"), {"theme": "auto"})
    assert "data-theme" not in read(client.get(reverse("home"))).one("html").attributes


def test_a_theme_is_none_of_ones_own_making_and_leads_nowhere_else(client: Client) -> None:
    answer = client.post(reverse("set-theme"), {"theme": "<b>", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == reverse("home")
    assert "theme" not in client.cookies


def test_the_icon_is_found_at_its_old_place() -> None:
    answer = Client().get("/favicon.ico")
    assert answer.headers["Location"].endswith("favicon.svg")
    assert answer.headers["Cache-Control"] == "public, max-age=86400"


def test_errors_are_calm_and_translated(client: Client, team: Team) -> None:
    missing = client.get("/there/is/no/such/page/")
    assert missing.status_code == 404
    assert read(missing).one("h1").text == "No hay nada en esta dirección"
    forbidden = client.get(reverse("status"))
    assert forbidden.status_code == 403
    assert read(forbidden).one("h1").text == "Su rol no permite esto"


def test_a_form_of_another_visit_is_refused_with_what_to_do(analyst: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(analyst)
    answer = client.post(reverse("load-sample"))
    assert answer.status_code == 403
    assert read(answer).one("h1").text == "Este formulario está vencido"


def test_our_own_error_says_that_nothing_is_lost(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.web.home.latest_figures", lambda _user: 1 / 0)
    client.raise_request_exception = False
    answer = client.get(reverse("home"))
    assert answer.status_code == 500
    assert read(answer).one("h1").text == "Algo falló de nuestro lado"


def test_without_the_database_a_page_asks_for_patience(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_user: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr("analysis.web.home.latest_figures", away)
    answer = client.get(reverse("home"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    page = read(answer)
    assert page.one("h1").text == "La base de datos no responde en este momento."
    assert page.all("meta", http_equiv="refresh")


def test_operators_see_counts_but_no_names(client: Client, everything: Client, session: Session) -> None:
    page = read(everything.get(reverse("status")))
    assert session.name not in page.text
    assert "Completa 1" in page.text
    assert "Base de datos responde" in page.text
    part = everything.get(reverse("status"), headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith('<div id="status"')


def test_a_session_is_deleted_after_asking(client: Client, session: Session) -> None:
    page = read(client.get(reverse("session-delete", args=[session.pk])))
    assert session.name in page.text
    assert Session.objects.filter(pk=session.pk).exists()
    form = page.one("main").one("form", method="post")
    answer = client.post(reverse("session-delete", args=[session.pk]), form.fields(), follow=True)
    assert f"«{session.name}» se eliminó." in read(answer).text
    assert not Session.objects.filter(pk=session.pk).exists()


@pytest.mark.parametrize("library", ["htmx", "chartjs", "source-sans-3"])
def test_what_others_wrote_comes_with_licence_and_version(library: str) -> None:
    folder = Path(settings.BASE_DIR) / "analysis" / "static" / "vendor" / library
    assert (folder / "LICENSE").read_text(encoding="utf-8").strip()
    assert re.search(r"\d+\.\d+\.\d+", (folder / "VERSION").read_text(encoding="utf-8"))
