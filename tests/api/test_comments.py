"""``/comments`` lists by the shared filter, tells all about one, and takes corrections."""

from __future__ import annotations

import uuid

import pytest
from pytest_django import DjangoAssertNumQueries

from analysis.insights.aggregates import count
from analysis.insights.filters import CommentFilter
from analysis.models import AuditEntry, Comment, Correction, Session, SessionState, Team
from tests.api.contract import Api
from tests.factories import add_comment, add_random_comments, make_session


@pytest.fixture
def comment(session: Session) -> Comment:
    """Slow, and said to be neutral."""
    return add_comment(
        session,
        "Muy lento, se corta",
        rating=3.0,
        result={
            "sentiment": "neutral",
            "themes": [{"code": "speed", "sentiment": "negative", "confidence": 0.8}],
            "evidence": [{"label": "theme:speed", "start": 4, "end": 9}],
        },
    )


class TestList:
    def test_pages_meet_each_comment_of_a_session_once_in_row_order(self, api: Api, session: Session) -> None:
        rows, page = [], api.get(f"/sessions/{session.pk}/comments", page_size=17).json
        while True:
            rows += [result["row_number"] for result in page["results"]]
            if page["next"] is None:
                break
            page = api.send("GET", page["next"]).json
        assert rows == list(range(1, 61))

    def test_across_sessions_shows_the_team_s_own_only(self, api: Api, session: Session, stranger: Api) -> None:
        add_comment(make_session(), "Not of this team")
        assert len(api.get("/comments", page_size=500).json["results"]) == 60
        assert len(stranger.get("/comments").json["results"]) == 0

    def test_a_session_of_another_team_is_a_404_and_as_a_filter_an_empty_list(
        self, session: Session, stranger: Api
    ) -> None:
        assert stranger.get(f"/sessions/{session.pk}/comments").status == 404
        assert stranger.get("/comments", session=str(session.pk)).json["results"] == []

    @pytest.mark.parametrize(
        "params",
        [
            {"sentiment": "negative"},
            {"sentiment__in": "negative,mixed", "has_rating": "true"},
            {"theme": "speed", "theme_sentiment": "negative"},
            {"urgency": "p0"},
            {"language": "gn"},
            {"nps_group": "detractor"},
            {"rating__gte": "9"},
            {"is_duplicate": "true"},
            {"has_correction": "true"},
            {"q": "lento"},
            {"status": "failed"},
            {"score__lt": "-0.5"},
            {"confidence__lt": "0.3"},
        ],
    )
    def test_a_filter_shows_as_many_as_the_numbers_say(
        self, api: Api, session: Session, params: dict[str, str]
    ) -> None:
        results = api.get("/comments", page_size=500, **params).json["results"]
        numbers = count(CommentFilter.parse(params), Session.objects.filter(pk=session.pk))
        assert len(results) == numbers.n == api.get("/stats/overview", **params).json["n"]
        assert 0 < len(results) < 60

    @pytest.mark.parametrize("ordering", ["score", "-score", "confidence", "-rating", "created_at", "-row_number"])
    def test_every_order_holds_over_the_pages(self, api: Api, session: Session, ordering: str) -> None:
        whole = api.get("/comments", session=str(session.pk), ordering=ordering, page_size=500).json["results"]
        pieces, page = [], api.get("/comments", session=str(session.pk), ordering=ordering, page_size=23).json
        pieces += page["results"]
        while page["next"]:
            page = api.send("GET", page["next"]).json
            pieces += page["results"]
        assert pieces == whole
        assert len(whole) == 60

    @pytest.mark.parametrize(
        ("params", "code"),
        [
            ({"sentimient": "negative"}, "unknown_parameter"),
            ({"sentiment": "angry"}, "invalid"),
            ({"sentiment": ""}, "invalid"),
            ({"rating__gte": "eleven"}, "invalid"),
            ({"created_at__gte": "soon"}, "invalid"),
            ({"page_size": "many"}, "invalid"),
            ({"page_size": ["1", "2"]}, "invalid"),
            ({"cursor": "zzzz"}, "bad_cursor"),
            ({"ordering": "colour"}, "invalid"),
            ({"session": "one"}, "invalid"),
        ],
    )
    def test_refuses_what_it_does_not_know(self, api: Api, params: dict[str, str], code: str) -> None:
        answer = api.get("/comments", **params)
        assert (answer.status, answer.code) == (400, code)
        assert answer.json["errors"][0]["parameter"] in params

    def test_takes_two_queries_however_long_the_page_is(
        self, api: Api, session: Session, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        api.get("/comments", page_size=1)
        for size in (1, 500):
            # The token with its owner and team; the comments with their results.
            with django_assert_num_queries(2):
                api.get("/comments", page_size=size)

    def test_of_a_session_that_has_ended_is_not_sent_twice(self, api: Api, session: Session) -> None:
        path = f"/sessions/{session.pk}/comments"
        tag = api.get(path, sentiment="negative").headers["ETag"]
        params = {"sentiment": "negative"}
        assert api.send("GET", path, params=params, headers={"If-None-Match": tag}).status == 304
        assert api.send("GET", path, params={}, headers={"If-None-Match": tag}).status == 200
        Session.objects.filter(pk=session.pk).update(revision=99)
        assert api.send("GET", path, params=params, headers={"If-None-Match": tag}).status == 200

    def test_of_a_session_at_work_has_a_tag_that_changes_with_what_is_there(self, api: Api, team: Team) -> None:
        running = make_session(team, state=SessionState.RUNNING)
        path = f"/sessions/{running.pk}/comments"
        tag = api.send("GET", path).headers["ETag"]
        assert api.send("GET", path, headers={"If-None-Match": tag}).status == 304
        add_random_comments(running, 1)
        assert api.send("GET", path, headers={"If-None-Match": tag}).status == 200


class TestOne:
    def test_shows_result_evidence_and_history(self, api: Api, comment: Comment) -> None:
        shown = api.get(f"/comments/{comment.pk}").json
        assert shown["result"]["themes"][0]["code"] == "speed"
        evidence = shown["results"][0]["evidence"][0]
        assert shown["text"][evidence["start"] : evidence["end"]] == "lento"
        assert (shown["human"], shown["corrections"], shown["repeats"]) == (None, [], 0)

    def test_counts_those_who_said_the_same(self, api: Api, comment: Comment, session: Session) -> None:
        repeat = add_comment(session, "MUY LENTO, se corta")
        assert api.get(f"/comments/{comment.pk}").json["repeats"] == 1
        assert api.get(f"/comments/{repeat.pk}").json["duplicate_of"] == str(comment.pk)

    def test_is_the_same_404_for_a_stranger_as_for_an_id_that_never_was(self, comment: Comment, stranger: Api) -> None:
        hidden, missing = stranger.get(f"/comments/{comment.pk}"), stranger.get(f"/comments/{uuid.uuid4()}")
        assert (hidden.status, missing.status) == (404, 404)
        assert {**hidden.json, "trace_id": "", "instance": ""} == {**missing.json, "trace_id": "", "instance": ""}


class TestCorrection:
    def test_wins_over_the_engine_and_is_remembered(self, api: Api, comment: Comment) -> None:
        answer = api.patch(f"/comments/{comment.pk}", {"sentiment": "negative", "urgency": "p1"})
        assert answer.status == 200
        assert (answer.json["sentiment"], answer.json["result"]["sentiment"]) == ("negative", "neutral")
        assert answer.json["human"]["urgency"] == "p1"
        history = {one["field"]: (one["old_value"], one["new_value"]) for one in answer.json["corrections"]}
        assert history == {"sentiment": ("neutral", "negative"), "urgency": ("p3", "p1")}
        assert {one["created_by"] for one in answer.json["corrections"]} == {api.user.username if api.user else ""}

    def test_is_taken_back_by_null(self, api: Api, comment: Comment) -> None:
        api.patch(f"/comments/{comment.pk}", {"sentiment": "negative"})
        answer = api.patch(f"/comments/{comment.pk}", {"sentiment": None})
        assert (answer.json["sentiment"], answer.json["human"]) == ("neutral", None)
        assert [one["new_value"] for one in answer.json["corrections"]] == [None, "negative"]

    def test_is_a_new_revision_with_a_line_in_the_audit_trail(self, api: Api, comment: Comment) -> None:
        before = comment.session.revision
        api.patch(f"/comments/{comment.pk}", {"themes": [{"code": "price", "sentiment": "negative"}]})
        comment.session.refresh_from_db()
        assert comment.session.revision == before + 1
        entry = AuditEntry.objects.get(action="comment.correct")
        assert (entry.object_id, entry.detail) == (str(comment.pk), {"fields": ["themes"]})

    def test_that_changes_nothing_leaves_no_trace(self, api: Api, comment: Comment) -> None:
        api.patch(f"/comments/{comment.pk}", {"sentiment": "negative"})
        api.patch(f"/comments/{comment.pk}", {"sentiment": "negative"})
        assert Correction.objects.filter(comment=comment).count() == 1

    def test_does_not_undo_what_somebody_else_decided_meanwhile(self, api: Api, comment: Comment) -> None:
        tag = api.get(f"/comments/{comment.pk}").headers["ETag"]
        api.patch(f"/comments/{comment.pk}", {"sentiment": "negative"})
        late = api.patch(f"/comments/{comment.pk}", {"sentiment": "positive"}, headers={"If-Match": tag})
        assert (late.status, late.code) == (412, "changed_meanwhile")
        comment.refresh_from_db()
        assert comment.human_sentiment == "negative"

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"sentiment": "angry"}, "/sentiment"),
            ({"sentimiento": "negative"}, "/sentimiento"),
            ({"themes": "speed"}, "/themes"),
            ({"themes": [{"code": "sped", "sentiment": "negative"}]}, "/themes/0/code"),
            ({"themes": [{"code": "speed", "sentiment": "negative"}] * 2}, "/themes"),
            ({"emotions": [{"code": "anger", "intensity": 1.5}]}, "/emotions/0/intensity"),
            ({"urgency": 1}, "/urgency"),
        ],
    )
    def test_names_what_is_wrong(self, api: Api, comment: Comment, body: object, pointer: str) -> None:
        answer = api.patch(f"/comments/{comment.pk}", body)
        assert answer.status == 400
        assert answer.json["errors"][0]["pointer"] == pointer
        assert not Correction.objects.exists()

    def test_is_not_for_viewers_or_strangers(self, comment: Comment, viewer: Api, stranger: Api) -> None:
        assert viewer.patch(f"/comments/{comment.pk}", {"sentiment": "negative"}).status == 403
        assert stranger.patch(f"/comments/{comment.pk}", {"sentiment": "negative"}).status == 404
        comment.refresh_from_db()
        assert comment.human_sentiment is None
