"""``/themes`` tells the taxonomy that labels; filters, corrections and ``/engines`` know its themes too."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from analysis.engines.base import THEMES
from analysis.models import Comment, Role, Session, Team
from analysis.taxonomies import begin_draft
from tests.api.contract import Api
from tests.factories import add_comment, make_user
from tests.publishing import activate_version, add_theme, publish_draft


@pytest.fixture
def supervisor(team: Team, fresh_taxonomy: None) -> User:
    return make_user(team, Role.SUPERVISOR)


@pytest.fixture
def delivery(supervisor: User) -> None:
    """A theme of one's own, published."""
    begin_draft(actor=supervisor)
    add_theme("delivery", "encomienda")
    add_theme("late", "tarde", parent="delivery")
    publish_draft(supervisor)


def about_delivery(session: Session) -> Comment:
    themes = [{"code": "delivery", "sentiment": "negative", "confidence": 0.9}]
    return add_comment(session, "Pésima la encomienda", result={"themes": themes})


class TestThemes:
    def test_are_the_built_in_ones_before_anything_is_published(self, api: Api, supervisor: User) -> None:
        told = api.get("/themes").json
        assert told["version"] is None
        assert [theme["code"] for theme in told["themes"]] == list(THEMES)
        speed = told["themes"][0]
        assert speed["names"] == {"es": "Velocidad", "en": "Speed"}
        assert {"code": "speed.fast", "names": {"es": "Rápido", "en": "Fast"}, "pain_point": "speed.slow"} in speed[
            "sub_themes"
        ]
        suggestions = next(theme for theme in told["themes"] if theme["code"] == "improvement_request")
        assert {sub["pain_point"] for sub in suggestions["sub_themes"]} == {None}

    def test_are_those_of_the_active_version(self, api: Api, delivery: None) -> None:
        told = api.get("/themes").json
        assert told["version"] == 1
        assert told["themes"][-1]["names"] == {"es": "delivery (es)", "en": "delivery (en)"}
        assert [sub["code"] for sub in told["themes"][-1]["sub_themes"]] == ["delivery.late"]
        assert api.get("/engines").json["labels"]["themes"] == [*THEMES, "delivery"]

    def test_are_not_sent_again_while_they_are_the_same(self, api: Api, supervisor: User, delivery: None) -> None:
        tag = api.get("/themes").headers["ETag"]
        assert api.send("GET", "/themes", headers={"If-None-Match": tag}).status == 304
        activate_version(supervisor)
        assert api.send("GET", "/themes", headers={"If-None-Match": tag}).status == 200

    def test_are_for_whoever_may_read(self, viewer: Api, anonymous: Api) -> None:
        assert viewer.get("/themes").status == 200
        assert anonymous.get("/themes").status == 401


class TestOnesOwnTheme:
    def test_filters_comments_and_stays_a_filter_after_it_was_retired(
        self, api: Api, supervisor: User, session: Session, delivery: None
    ) -> None:
        comment = about_delivery(session)
        asked = ({"theme": "delivery"}, {"theme__all": "delivery:negative"})
        for params in asked:
            assert [one["id"] for one in api.get("/comments", **params).json["results"]] == [str(comment.pk)]
        activate_version(supervisor)
        for params in asked:
            assert [one["id"] for one in api.get("/comments", **params).json["results"]] == [str(comment.pk)]

    def test_is_unknown_before_it_is_published(self, api: Api, supervisor: User) -> None:
        answer = api.get("/comments", theme="delivery")
        assert (answer.status, answer.json["errors"][0]["parameter"]) == (400, "theme")

    def test_may_be_what_a_person_decides(self, api: Api, session: Session, delivery: None) -> None:
        comment = add_comment(session, "Pésima la encomienda")
        themes = [{"code": "delivery", "sentiment": "negative"}]
        assert api.patch(f"/comments/{comment.pk}", {"themes": themes}).json["themes"] == themes
        answer = api.patch(f"/comments/{comment.pk}", {"themes": [{"code": "delivrey", "sentiment": "negative"}]})
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "/themes/0/code")
        assert "delivery" in answer.json["errors"][0]["detail"]

    def test_is_what_texts_are_labelled_with_at_once(self, api: Api, delivery: None) -> None:
        answer = api.post("/analyze", {"items": [{"text": "Pésima la encomienda"}]}).json
        assert [theme["code"] for theme in answer["results"][0]["themes"]] == ["delivery"]
        assert "-t" in answer["engine_version"]
