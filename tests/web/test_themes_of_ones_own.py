"""Themes that were published have their names on every page; retired ones keep theirs for old results."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import translation

from analysis.exports.rows import rows
from analysis.insights import labels
from analysis.insights.filters import CommentFilter
from analysis.models import Comment, Role, Session, Team
from analysis.taxonomies import begin_draft
from tests.factories import add_comment, make_session, make_user
from tests.publishing import activate_version, add_theme, publish_draft


@pytest.fixture
def supervisor(team: Team, fresh_taxonomy: None) -> User:
    user = make_user(team, Role.SUPERVISOR)
    begin_draft(actor=user)
    add_theme("delivery", "encomienda")
    publish_draft(user)
    return user


@pytest.fixture
def comment(team: Team, supervisor: User) -> Comment:
    themes = [{"code": "delivery", "sentiment": "negative", "confidence": 0.9}]
    return add_comment(make_session(team), "Pésima la encomienda", result={"themes": themes})


def html(client: Client, name: str, *ids: object, **query: str) -> str:
    response = client.get(reverse(name, args=ids), query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("is_retired", [False, True], ids=["in use", "retired"])
def test_pages_name_the_theme(client: Client, supervisor: User, comment: Comment, is_retired: bool) -> None:
    if is_retired:
        activate_version(supervisor)
    session: Session = comment.session
    assert "delivery (es)" in html(client, "session", session.pk)
    assert "delivery (es)" in html(client, "comment", session.pk, comment.pk)
    assert "delivery (es)" in html(client, "comments", session.pk, theme="delivery")
    exported = list(rows(CommentFilter(session=session.pk), Session.objects.all()))
    assert "delivery" in str(exported)
    with translation.override("en"):
        assert labels.name_of("theme", "delivery") == "delivery (en)"
        assert labels.name_of("theme", "speed") == "Speed"


def test_the_filter_offers_themes_in_use_and_no_others(client: Client, supervisor: User, comment: Comment) -> None:
    offered = 'id="theme-delivery" name="theme__in" value="delivery"'
    assert offered in html(client, "comments", comment.session_id)
    activate_version(supervisor)
    assert offered not in html(client, "comments", comment.session_id)


def test_a_correction_keeps_a_theme_that_was_retired_since(client: Client, supervisor: User, comment: Comment) -> None:
    activate_version(supervisor)
    page = html(client, "comment", comment.session_id, comment.pk)
    assert 'name="theme_delivery"' in page
    form = {"decide_themes": "1", "theme_delivery": "mixed", "theme_speed": "negative"}
    client.post(reverse("comment-correct", args=[comment.session_id, comment.pk]), form)
    comment.refresh_from_db()
    assert {"code": "delivery", "sentiment": "mixed"} in (comment.human_themes or [])
    assert len(comment.human_themes or []) == 2
