"""``/stats``, ``/usage`` and ``/engines`` tell numbers and codes, by the code that pages and exports use."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from pytest_django import DjangoAssertNumQueries

from analysis.engines.base import THEMES
from analysis.insights.aggregates import count
from analysis.insights.filters import CommentFilter
from analysis.models import Origin, Session, SessionState, Team
from tests.api.contract import Api
from tests.factories import make_session
from tests.fresh_taxonomy import nothing_is_published


class TestOverview:
    def test_says_what_the_dashboard_says(self, api: Api, session: Session) -> None:
        told = api.get("/stats/overview", session=str(session.pk)).json
        counted = count(CommentFilter(session=session.pk), Session.objects.all())
        assert (told["n"], told["distinct_texts"], told["repeats"]) == (60, counted.distinct_texts, counted.repeats)
        assert told["n"] == told["labelled"] + told["pending"] + told["failed"]
        assert told["sentiments"]["net"] == counted.net_sentiment
        assert told["nps"]["score"] == counted.nps.score
        assert [theme["code"] for theme in told["themes"]] == [theme.code for theme in counted.themes]
        assert sum(point["n"] for point in told["timeline"]["points"]) + told["timeline"]["undated"] == 60

    def test_of_nothing_is_no_data_and_not_zero(self, api: Api) -> None:
        told = api.get("/stats/overview").json
        assert (told["n"], told["nps"]["score"], told["sentiments"]["net"]) == (0, None, None)

    def test_shows_strangers_nothing(self, session: Session, stranger: Api) -> None:
        assert stranger.get("/stats/overview").json["n"] == 0
        assert stranger.get("/stats/overview", session=str(session.pk)).json["n"] == 0

    def test_is_not_sent_again_while_it_is_the_same(self, api: Api, session: Session) -> None:
        tag = api.get("/stats/overview").headers["ETag"]
        assert api.send("GET", "/stats/overview", headers={"If-None-Match": tag}).status == 304
        comment = session.comments.exclude(human_sentiment="mixed").first()
        assert comment is not None
        api.patch(f"/comments/{comment.pk}", {"sentiment": "mixed"})
        assert api.send("GET", "/stats/overview", headers={"If-None-Match": tag}).status == 200

    def test_takes_two_queries_once_it_is_known(
        self, api: Api, session: Session, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        cache.clear()
        nothing_is_published()
        api.get("/stats/overview")
        with django_assert_num_queries(2):  # the token with its owner and team; the revisions of the sessions
            api.get("/stats/overview")

    @pytest.mark.parametrize(
        "params", [{"page_size": "5"}, {"ordering": "score"}, {"sentimento": "x"}, {"cursor": "x"}]
    )
    def test_refuses_what_it_does_not_know(self, api: Api, params: dict[str, str]) -> None:
        assert api.get("/stats/overview", **params).status == 400


class TestUsage:
    def test_adds_up_the_team_s_sessions(self, api: Api, team: Team, session: Session, stranger: Api) -> None:
        make_session(team, origin=Origin.API, state=SessionState.RUNNING)
        used = api.get("/usage").json
        assert (used["sessions"], used["by_origin"]) == (2, {"page": 1, "api": 1})
        assert used["rows"] == used["comments"] + used["duplicates"] + used["rejected"] == 62
        assert stranger.get("/usage").json["sessions"] == 0

    def test_of_a_period_counts_what_was_made_in_it(self, api: Api, session: Session) -> None:
        assert api.get("/usage", created_at__gte="2999-01-01T00:00:00Z").json["sessions"] == 0
        assert api.get("/usage", created_at__lt="2999-01-01T00:00:00Z").json["sessions"] == 1


class TestEngines:
    def test_names_versions_and_all_codes(self, api: Api) -> None:
        told = api.get("/engines").json
        assert [one["name"] for one in told["engines"] if one["is_default"]] == ["embedded"]
        assert told["labels"]["themes"] == list(THEMES)

    def test_is_not_for_whoever_does_not_say_who_they_are(self, anonymous: Api) -> None:
        assert anonymous.get("/engines").status == 401
