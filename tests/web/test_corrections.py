"""A person corrects a comment on its page; what was decided is seen everywhere, and can be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from analysis.models import Comment, Session, Team
from tests.factories import add_comment, make_session
from tests.web.html import Element, read


@pytest.fixture
def comment(team: Team) -> Comment:
    session = make_session(team)
    themes = [{"code": "price", "sentiment": "negative", "confidence": 0.8}]
    return add_comment(session, "No está caro", result={"sentiment": "negative", "urgency": "p2", "themes": themes})


def show(client: Client, comment: Comment) -> Element:
    return read(client.get(reverse("comment", args=[comment.session_id, comment.pk])))


def send(client: Client, comment: Comment, *, htmx: bool = False, **changes: str) -> Any:
    form = show(client, comment).one("details", class_="correct").one("form")
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(form.attributes["action"], form.fields() | changes, headers=headers)


def test_sending_the_form_as_it_is_changes_nothing(client: Client, comment: Comment) -> None:
    answer = send(client, comment)
    assert "No se cambió nada." in read(client.get(answer.headers["Location"])).text
    comment.refresh_from_db()
    assert comment.corrected_at is None


def test_what_is_decided_is_shown_and_counted_at_once(client: Client, comment: Comment) -> None:
    send(client, comment, sentiment="positive", decide_themes="1", theme_price="positive", theme_speed="neutral")
    comment.refresh_from_db()
    assert comment.human_sentiment == "positive"
    assert comment.human_themes == [
        {"code": "speed", "sentiment": "neutral"}, {"code": "price", "sentiment": "positive"},
    ]  # fmt: skip
    page = show(client, comment)
    assert "Sentimiento, Negativo → Positivo" in page.text
    listed = reverse("comments", args=[comment.session_id])
    assert read(client.get(f"{listed}?sentiment=positive&theme=speed")).one(id="total").text == "1"
    assert read(client.get(f"{listed}?sentiment=negative")).one(id="total").text == "0"
    overview = read(client.get(reverse("session", args=[comment.session_id])))
    assert "+100,0" in overview.one("dl", class_="figures").text


def test_a_decision_is_taken_back(client: Client, comment: Comment) -> None:
    send(client, comment, sentiment="positive", urgency="p0")
    send(client, comment, sentiment="", urgency="")
    comment.refresh_from_db()
    assert (comment.human_sentiment, comment.human_urgency, comment.corrected_at) == (None, None, None)
    assert len(show(client, comment).one("ul", class_="history").all("li")) == 5


def test_in_the_drawer_the_answer_is_the_comment_and_the_list_hears_of_it(client: Client, comment: Comment) -> None:
    answer = send(client, comment, htmx=True, churn_risk="high")
    assert answer.headers["HX-Trigger"] == "corrected"
    page = read(answer)
    assert "La corrección quedó guardada." in page.text
    assert page.all("html") == []


def test_a_label_that_is_none_changes_nothing(client: Client, comment: Comment) -> None:
    send(client, comment, sentiment="splendid")
    comment.refresh_from_db()
    assert comment.human_sentiment is None


def test_a_comment_of_another_session_is_not_found_under_this_one(
    client: Client, comment: Comment, session: Session
) -> None:
    assert client.get(reverse("comment", args=[session.pk, comment.pk])).status_code == 404
    assert client.post(reverse("comment-correct", args=[session.pk, comment.pk])).status_code == 404
