"""The list shows exactly the comments that pass the filter, and says how many they are."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from analysis.insights.comments import comments_for
from analysis.insights.filters import CommentFilter
from analysis.models import Session, Team
from analysis.web.chips import OFFERED
from tests.factories import add_comment, add_comments, make_session
from tests.web.html import Element, read


def total(page: Element) -> int:
    return int(page.one(id="total").text.replace(".", ""))


def walk(client: Client, address: str) -> tuple[int, list[str]]:
    """The count of the first page, and the addresses of the comments of all pages."""
    page = read(client.get(address))
    said, found = total(page), []
    for _ in range(50):
        found += [row.all("a")[0].attributes["href"].split("?")[0] for row in page.all("li", class_="comment-row")]
        further = page.all("a", rel="next")
        if not further:
            return said, found
        page = read(client.get(further[0].attributes["href"]))
    raise AssertionError("the pages do not end")


@pytest.fixture
def address(session: Session) -> str:
    return reverse("comments", args=[session.pk])


@pytest.mark.parametrize("field", OFFERED)
def test_every_choice_of_the_form_lists_as_many_as_it_says(
    field: str, client: Client, address: str, session: Session
) -> None:
    page = read(client.get(address))
    boxes = page.all("input", name=f"{field}__in")
    assert boxes
    for box in boxes:
        said, found = walk(client, f"{address}?{field}__in={box.attributes['value']}")
        chosen = CommentFilter(session=session.pk).where(**{field: (box.attributes["value"],)})
        behind = comments_for(chosen, sessions=Session.objects.all()).values_list("pk", flat=True)
        assert said == len(found) == len(behind)
        assert {reverse("comment", args=[session.pk, pk]) for pk in behind} == set(found)


@pytest.mark.parametrize(
    "ordering", ["row_number", "score", "-score", "confidence", "-created_at", "rating", "-rating"]
)
def test_each_comment_comes_once_however_they_are_ordered(
    ordering: str, client: Client, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.web.comments.SIZE", 7)
    session = make_session(team)
    add_comments(session, [{"text": f"número {n}", "rating": n % 3, "result": {}} for n in range(25)])
    said, found = walk(client, f"{reverse('comments', args=[session.pk])}?ordering={ordering}")
    assert said == len(found) == len(set(found)) == 25


def test_the_page_before_is_the_page_one_came_from(client: Client, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.web.comments.SIZE", 5)
    session = make_session(team)
    add_comments(session, [{"text": f"número {n}", "result": {}} for n in range(12)])
    first = read(client.get(reverse("comments", args=[session.pk])))
    second = read(client.get(first.one("a", rel="next").attributes["href"]))
    back = read(client.get(second.one("a", rel="prev").attributes["href"]))
    assert [row.text for row in back.all("li", class_="comment-row")] == [
        row.text for row in first.all("li", class_="comment-row")
    ]


def test_the_form_keeps_what_is_chosen_and_what_it_has_no_place_for(client: Client, address: str) -> None:
    page = read(client.get(f"{address}?sentiment__in=negative,mixed&rating__gte=3&q=internet"))
    form = page.one("form", id="filter")
    ticked = [box.attributes["value"] for box in form.all("input", name="sentiment__in") if "checked" in box.attributes]
    assert sorted(ticked) == ["mixed", "negative"]
    assert form.one("input", name="rating__gte").attributes["value"] == "3.0"
    assert form.one("input", name="q").attributes["value"] == "internet"


def test_a_chip_names_its_condition_and_takes_it_away(client: Client, address: str) -> None:
    page = read(client.get(f"{address}?sentiment__in=negative,mixed&is_duplicate=true&theme__all=price:negative"))
    chips = {chip.text: chip.attributes["href"] for chip in page.all("a", class_="chip")}
    assert set(chips) == {
        "Sentimiento: Negativo(quitar)", "Sentimiento: Mixto(quitar)", "Solo repetidos(quitar)",
        "Tema: Precio (Negativo)(quitar)",
    }  # fmt: skip
    rest = read(client.get(chips["Sentimiento: Negativo(quitar)"]))
    assert {chip.text for chip in rest.all("a", class_="chip")} == set(chips) - {"Sentimiento: Negativo(quitar)"}


@pytest.mark.parametrize(
    ("query", "words"),
    [("sentimient=negative", "sentiment"), ("sentiment=bad", "sentiment"), ("cursor=x", "cursor"), ("ordering=x", "")],
)
def test_what_is_not_known_is_said_and_lists_nothing(query: str, words: str, client: Client, address: str) -> None:
    answer = client.get(f"{address}?{query}")
    page = read(answer)
    assert answer.status_code == 400
    assert words in page.one(role="alert").text
    assert page.all("li", class_="comment-row") == []


def test_words_are_found_without_their_accents(client: Client, team: Team) -> None:
    session = make_session(team)
    add_comment(session, "La ATENCIÓN fue pésima", result={})
    add_comment(session, "Che internet oĩ porã", result={})
    address = reverse("comments", args=[session.pk])
    assert walk(client, f"{address}?q=atencion+pesima")[0] == 1
    assert walk(client, f"{address}?q=oi+pora")[0] == 1
    assert walk(client, f"{address}?q=nada")[0] == 0


def test_a_part_is_the_results_alone(client: Client, address: str) -> None:
    answer = client.get(address, headers={"HX-Request": "true"})
    assert answer.content.decode().lstrip().startswith('<section id="results"')
    assert "HX-Request" in answer.headers["Vary"]


def test_a_text_of_somebody_is_never_markup(client: Client, team: Team) -> None:
    session = make_session(team)
    evil = "<script>alert(1)</script> <b onclick=x>caro</b>"
    evidence = [{"label": "theme:price", "start": 3, "end": 12}]
    comment = add_comment(session, evil, region="<i>", result={"evidence": evidence})
    for name, arguments in (("comments", [session.pk]), ("comment", [session.pk, comment.pk])):
        body = client.get(reverse(name, args=arguments)).content.decode()
        assert "<script>alert" not in body
        assert "<b onclick" not in body


def test_the_comment_shows_its_text_whole_with_the_evidence_marked(client: Client, team: Team) -> None:
    session = make_session(team)
    text = "Se corta <todos> los días & nadie contesta"
    evidence = [
        {"label": "sentiment:negative", "start": 0, "end": 8},
        {"label": "theme:stability", "start": 3, "end": 8},
    ]
    comment = add_comment(session, text, result={"evidence": evidence, "sentiment": "negative"})
    page = read(client.get(reverse("comment", args=[session.pk, comment.pk])))
    assert page.one("blockquote").text == text
    assert [mark.text for mark in page.one("blockquote").all("mark")] == ["Se", "corta"]
    assert page.all("mark")[1].attributes["title"] == "Negativo, Estabilidad"


def test_the_comment_says_how_many_customers_wrote_it(client: Client, team: Team) -> None:
    session = make_session(team)
    comments = add_comments(session, [{"text": "Caro", "result": {}} for _ in range(3)])
    page = read(client.get(reverse("comment", args=[session.pk, comments[2].pk])))
    assert "3 clientes" in page.text
    rows = read(client.get(reverse("comments", args=[session.pk]))).all("li", class_="comment-row")
    assert ["+2" in row.text for row in rows] == [True, False, False]
