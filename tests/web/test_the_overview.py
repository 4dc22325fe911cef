"""Each number of an overview leads to a list of exactly as many comments."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from analysis.insights.comments import comments_for
from analysis.insights.filters import CommentFilter
from analysis.models import Session, Team
from tests.factories import add_comments, add_random_comments, make_session
from tests.web.html import Element, read
from tests.web.test_the_list_of_comments import total


def address(session: Session) -> str:
    return reverse("session", args=[session.pk])


def links(page: Element) -> dict[str, int]:
    """Addresses of lists of comments with the numbers that they stand behind."""
    found = {}
    for link in page.one("main").all("a"):
        href, text = link.attributes["href"], link.text.replace(".", "")
        if "/comments/?" in href and text.isdigit():
            found[href] = int(text)
    return found


def behind(session: Session, href: str) -> int:
    """How many comments a list at that address shows; test_the_list_of_comments holds the page against the same."""
    chosen = CommentFilter.parse(QueryDict(href.partition("?")[2])).where(session=session.pk)
    return comments_for(chosen, sessions=Session.objects.all()).count()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?sentiment=negative",
        "?theme=price",
        "?urgency__in=p0,p2&has_date=true",
        "?rating__gte=2.5&rating__lt=9",
        "?emotion=anger&is_duplicate=false",
        "?created_at__gte=2026-03-10&created_at__lt=2026-03-20T15:00:00Z",
    ],
)
def test_every_number_opens_as_many_comments(query: str, client: Client, team: Team) -> None:
    session = make_session(team)
    add_random_comments(session, 150, seed=3)
    page = read(client.get(address(session) + query))
    numbers = links(page)
    assert len(numbers) > 20
    wrong = {href: n for href, n in numbers.items() if behind(session, href) != n}
    assert wrong == {}
    largest = max(numbers, key=lambda href: numbers[href])
    assert total(read(client.get(largest))) == numbers[largest]


def test_a_click_into_a_chart_goes_where_its_table_goes(client: Client, session: Session) -> None:
    page = read(client.get(address(session)))
    panels = page.all("section", class_="chart-panel")
    assert len(panels) >= 7
    for panel in panels:
        chart: dict[str, Any] = json.loads(panel.one("script", type="application/json").text)
        drawn = {href for series in chart["series"] for href in series["hrefs"] if href}
        written = {link.attributes["href"] for link in panel.one("table").all("a")}
        assert drawn <= written
        assert all(len(series["values"]) == len(chart["labels"]) for series in chart["series"])


def test_every_panel_asks_and_says_of_how_many_and_how(client: Client, session: Session) -> None:
    for panel in read(client.get(address(session))).all("section", class_="chart-panel"):
        assert panel.one("h2").text.startswith("¿")
        assert panel.one("header").one("p").text.startswith("n = ")
        assert panel.one("canvas").attributes["aria-label"]
        assert panel.one("details").all("tr")


def test_without_ratings_there_is_no_nps(client: Client, team: Team) -> None:
    session = make_session(team)
    add_comments(session, [{"text": "Muy bueno", "result": {"sentiment": "positive", "sentiment_score": 0.9}}])
    page = read(client.get(address(session)))
    figures = {each.all("dt")[0].text: each.all("dd")[0].text for each in page.one("dl", class_="figures").children}
    assert figures["NPS"] == "sin datos"
    assert figures["Sentimiento neto"] == "+100,0"
    assert page.all(id="panel-ratings") == []


def test_nps_counts_promoters_minus_detractors(client: Client, team: Team) -> None:
    session = make_session(team)
    groups = ["promoter"] * 3 + ["passive"] * 2 + ["detractor"] * 4
    add_comments(session, [{"text": f"texto {n}", "nps_group": group, "result": {}} for n, group in enumerate(groups)])
    page = read(client.get(address(session)))
    assert "−11,1" in page.one("dl", class_="figures").text
    assert "n = 9 · 33,3\u00a0% promotores − 44,4\u00a0% detractores".replace("\u00a0", " ") in page.text


def test_an_unknown_filter_is_said_and_the_whole_shown(client: Client, session: Session) -> None:
    answer = client.get(f"{address(session)}?colour=red")
    assert answer.status_code == 400
    assert "colour" in read(answer).one(role="alert").text


def test_an_overview_takes_few_queries(client: Client, session: Session, django_assert_max_num_queries: Any) -> None:
    client.get(address(session))
    with django_assert_max_num_queries(15):
        client.get(f"{address(session)}?sentiment=negative")


def test_an_empty_session_says_so(client: Client, team: Team) -> None:
    page = read(client.get(address(make_session(team))))
    assert "Todavía no hay comentarios" in page.text
    assert page.all("canvas") == []


def test_downloads_carry_the_filter_of_the_page(client: Client, session: Session) -> None:
    page = read(client.get(f"{address(session)}?sentiment=negative"))
    menu = [link.attributes["href"] for link in page.one("details", class_="drop-menu").all("a")]
    assert [href.rsplit(".", 1)[1] for href in menu] == [
        f"{form}?sentiment=negative" for form in ("xlsx", "csv", "json", "jsonl")
    ]
    for href in menu:
        answer = client.get(href)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_a_download_holds_the_rows_of_the_list(client: Client, session: Session) -> None:
    listed = total(read(client.get(f"{reverse('comments', args=[session.pk])}?sentiment=negative")))
    answer = client.get(f"{reverse('download', args=[session.pk, 'jsonl'])}?sentiment=negative")
    assert len(b"".join(answer.streaming_content).splitlines()) == listed  # type: ignore[attr-defined]
    assert client.get(reverse("download", args=[session.pk, "csv"]) + "?nonsense=1").status_code == 400
    assert client.get(reverse("download", args=[session.pk, "pdf"])).status_code == 404
