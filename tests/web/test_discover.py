"""What was found is shown with its numbers, each of which leads to exactly the comments behind it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from analysis.insights.filters import CommentFilter
from analysis.models import Discovery, DiscoveryState, Role, Session, SessionState, Team
from analysis.processing.discovering import discover
from tests.factories import add_comments, make_session, make_user
from tests.web.conftest import browser_of
from tests.web.html import Element, read
from tests.web.test_the_list_of_comments import total
from tests.web.test_the_overview import behind, links

OTHER = {"themes": [{"code": "other", "sentiment": "neutral", "confidence": 0.4}]}
SIMILAR = ["se corta todos los dias", "se cortaa todos los dia", "no se corta nunca"] + ["muy lento el internet"] * 3
SIMILAR += ["muy lento el intenet", "anda bien"]
TOPICS = [f"el perro ladra en la vereda {n}" for n in range(20)] + [
    f"poste torcido en la esquina {n}" for n in range(20)
]


@pytest.fixture
def said(team: Team) -> Session:
    session = make_session(team)
    add_comments(session, [{"text": text, "result": {}} for text in SIMILAR])
    add_comments(session, [{"text": text, "result": OTHER} for text in TOPICS])
    return session


def address(session: Session) -> str:
    return reverse("discover", args=[session.pk])


def find(client: Client, session: Session, kind: str, query: str = "") -> Discovery:
    """Ask by the page's own button, and do the worker's part."""
    page = read(client.get(address(session) + query))
    button = page.one("section", id=f"panel-{kind}").one("form", method="post")
    answer = client.post(button.attributes["action"], button.fields())
    assert answer.headers["Location"] == address(session) + query
    discovery = Discovery.objects.filter(session=session, kind=kind).latest("created_at")
    assert discover(discovery.pk)
    return discovery


def panel(client: Client, session: Session, kind: str, query: str = "") -> Element:
    return read(client.get(address(session) + query)).one("section", id=f"panel-{kind}")


def test_the_tabs_of_a_session_lead_here(client: Client, said: Session) -> None:
    page = read(client.get(reverse("session", args=[said.pk])))
    assert page.one("a", href=address(said)).text == "Descubrir"


@pytest.mark.parametrize("query", ["", "?q=lento"])
@pytest.mark.parametrize("kind", ["similar", "topics"])
def test_every_number_opens_as_many_comments(kind: str, query: str, client: Client, said: Session) -> None:
    query = query if kind == "similar" else query.replace("lento", "perro")
    find(client, said, kind, query)
    page = read(client.get(address(said) + query))
    numbers = links(page)
    assert numbers
    assert {href: behind(said, href) for href in numbers} == numbers
    for href, number in numbers.items():
        assert total(read(client.get(href))) == number


def test_in_groups_and_in_none_are_all_comments(client: Client, said: Session) -> None:
    find(client, said, "similar")
    shown = panel(client, said, "similar")
    equation = [int(part.text) for part in shown.one(id="sum-similar").all("b")]
    assert equation[0] == said.stored_count == equation[1] + equation[2]
    rows = shown.one("tbody").all("tr")
    assert sum(int(row.all("td")[1].text) for row in rows) == equation[1]
    assert rows[0].one("th").text == "muy lento el internet"
    assert "muy lento el intenet" in rows[0].text


def test_topics_are_shown_with_words_and_examples(client: Client, said: Session) -> None:
    find(client, said, "topics")
    shown = panel(client, said, "topics")
    assert "n = 40 ·" in shown.one("header").one("p").text
    assert [int(row.all("td")[1].text) for row in shown.one("tbody").all("tr")] == [20, 20]
    assert {"perro", "ladra", "vereda"} & {*shown.one("tbody").text.replace(",", " ").split()}
    assert all(3 <= len(row.one("ul").all("li")) <= 5 for row in shown.one("tbody").all("tr"))


def test_it_asks_a_question_and_says_how_it_is_answered(client: Client, said: Session) -> None:
    for kind in ("similar", "topics"):
        shown = panel(client, said, kind)
        assert shown.one("h2").text.startswith("¿")
        assert len(shown.one("header").one("p").text) > 60


def test_too_little_text_is_said(client: Client, team: Team) -> None:
    session = make_session(team)
    add_comments(session, [{"text": "el perro ladra", "result": OTHER}])
    find(client, session, "topics")
    assert "es muy poco para hablar de asuntos" in panel(client, session, "topics").text


def test_while_it_is_looked_for_the_page_watches(client: Client, said: Session) -> None:
    client.post(reverse("discover-find", args=[said.pk, "similar"]))
    page = read(client.get(address(said)))
    assert page.one(id="discover").attributes["hx-trigger"] == "every 2s"
    assert page.all("meta", http_equiv="refresh")
    assert "No hay ningún trabajador en marcha." in page.text
    assert page.one("section", id="panel-similar").all("form") == []
    part = client.get(address(said), headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith('<div id="discover"')
    discover(Discovery.objects.get().pk)
    assert "hx-get" not in read(client.get(address(said))).one(id="discover").attributes


def test_a_change_of_the_outcome_is_said_and_offers_to_look_again(client: Client, said: Session) -> None:
    find(client, said, "similar")
    assert panel(client, said, "similar").all("form") == []
    Session.objects.filter(pk=said.pk).update(revision=said.revision + 1)
    assert "cambiaron desde entonces" in panel(client, said, "similar").text
    find(client, said, "similar")
    assert "cambiaron desde entonces" not in panel(client, said, "similar").text


def test_a_failure_is_said_with_its_reason(client: Client, said: Session) -> None:
    discovery = find(client, said, "similar")
    Discovery.objects.filter(pk=discovery.pk).update(state=DiscoveryState.FAILED, error="worker_died")
    shown = panel(client, said, "similar")
    assert "La búsqueda no se pudo hacer." in shown.text
    assert len(shown.all("form", method="post")) == 1


def test_a_session_at_work_has_to_end_first(client: Client, said: Session) -> None:
    Session.objects.filter(pk=said.pk).update(state=SessionState.RUNNING)
    assert panel(client, said, "similar").all("form") == []
    answer = client.post(reverse("discover-find", args=[said.pk, "similar"]), follow=True)
    assert "Espere a que la sesión termine" in read(answer).text
    assert not Discovery.objects.exists()


def test_many_groups_are_paged(client: Client, team: Team) -> None:
    session = make_session(team)
    texts = [text for n in range(2, 62) for text in (f"llamé {n} veces", f"llamé {n} veces!!")]
    add_comments(session, [{"text": text} for text in texts])
    find(client, session, "similar")
    first = panel(client, session, "similar")
    assert len(first.one("tbody").all("tr")) == 25
    second = panel(client, session, "similar", "?page=2")
    assert first.one("tbody").text != second.one("tbody").text
    far = panel(client, session, "similar", "?page=999")
    assert 0 < len(far.one("tbody").all("tr")) <= 25


def test_viewers_see_and_strangers_do_not(client: Client, stranger: Client, said: Session) -> None:
    find(client, said, "similar")
    viewer = browser_of(make_user(said.team, Role.VIEWER))
    assert len(panel(viewer, said, "similar").all("tbody")) == 1
    assert panel(viewer, said, "topics").all("form") == []
    assert viewer.post(reverse("discover-find", args=[said.pk, "topics"])).status_code == 403
    assert stranger.get(address(said)).status_code == 404
    assert stranger.post(reverse("discover-find", args=[said.pk, "topics"])).status_code == 404
    assert client.post(reverse("discover-find", args=[said.pk, "nonsense"])).status_code == 404


def test_an_unknown_filter_is_said(client: Client, said: Session) -> None:
    answer = client.get(f"{address(said)}?colour=red")
    assert answer.status_code == 400
    assert "colour" in read(answer).one(role="alert").text
    refused = client.post(reverse("discover-find", args=[said.pk, "similar"]) + "?colour=red", follow=True)
    assert "colour" in read(refused).text


def test_a_group_is_a_chip_in_the_list_of_comments(client: Client, said: Session) -> None:
    discovery = find(client, said, "similar")
    for number, words in ((1, "Grupo 1 de los hallados"), (0, "En ningún grupo")):
        chosen = CommentFilter(group=f"{discovery.pk}:{number}").query_string()
        page = read(client.get(f"{reverse('comments', args=[said.pk])}?{chosen}"))
        assert words in page.text
        assert page.one("form", id="filter").fields()["group"] == f"{discovery.pk}:{number}"


def test_the_page_takes_few_queries(client: Client, said: Session, django_assert_max_num_queries: Any) -> None:
    for kind in ("similar", "topics"):
        find(client, said, kind)
    with django_assert_max_num_queries(8):
        client.get(address(said))
