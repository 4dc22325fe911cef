"""Programs add comments in bulk, get a report for each, and have them analysed."""

from __future__ import annotations

import uuid

import orjson
import pytest

from analysis.models import Comment, Session, SessionState, Team
from analysis.processing.inline import work_until_done
from tests.api.contract import Answer, Api
from tests.factories import make_session


@pytest.fixture
def empty(team: Team) -> Session:
    return make_session(team, state=SessionState.UPLOADED, engine_version="")


def add(api: Api, session: Session, records: object) -> Answer:
    return api.post(f"/sessions/{session.pk}/comments", records)


class TestJsonArray:
    def test_each_gets_an_id(self, api: Api, empty: Session) -> None:
        answer = add(api, empty, [{"comment": "Muy lento", "rating": 2}, {"comment": "Excelente", "region": "Luque"}])
        assert (answer.status, answer.json["counts"]) == (201, {"received": 2, "accepted": 2, "rejected": 0})
        ids = [line["id"] for line in answer.json["results"]]
        assert [str(pk) for pk in empty.comments.order_by("row_number").values_list("pk", flat=True)] == ids
        assert empty.comments.get(pk=ids[0]).rating == 2

    def test_the_bad_ones_are_reported_and_the_good_ones_kept(self, api: Api, empty: Session) -> None:
        records = [
            {"comment": "Bien"},
            {"comment": ""},
            {"comment": "Bien", "rating": "doce"},
            {"comment": "Bien", "ratng": 5},
            {"comment": 5},
            {"comment": "Bien", "date": ["2026-01-01"]},
            "Bien",
            {"comment": "Mal"},
        ]
        answer = add(api, empty, records)
        assert (answer.status, answer.json["counts"]) == (207, {"received": 8, "accepted": 2, "rejected": 6})
        errors = {line["index"]: line["error"]["code"] for line in answer.json["results"] if line["error"]}
        assert errors == {
            1: "empty_text",
            2: "bad_rating",
            3: "unknown_field",
            4: "bad_type",
            5: "bad_type",
            6: "bad_type",
        }
        assert empty.comments.count() == 2

    def test_personal_data_is_masked_before_it_is_stored(self, api: Api, empty: Session) -> None:
        add(api, empty, [{"comment": "Llamen al 0981 123 456 o a ana@example.com"}])
        text = empty.comments.get().text
        assert "0981" not in text
        assert "@" not in text
        assert sum(api.get(f"/sessions/{empty.pk}").json["pii_masked"].values()) == 2

    def test_the_counts_add_up_with_repeats(self, api: Api, empty: Session) -> None:
        add(api, empty, [{"comment": "Lento"}, {"comment": "LENTO"}, {"comment": "Rápido"}])
        counts = api.get(f"/sessions/{empty.pk}").json["counts"]
        assert (counts["rows"], counts["comments"], counts["duplicates"]) == (3, 2, 1)

    @pytest.mark.parametrize("records", [[], {}, {"comment": "x"}, "x", None])
    def test_something_else_is_refused(self, api: Api, empty: Session, records: object) -> None:
        assert add(api, empty, records).status == 400

    def test_more_than_ten_thousand_are_refused(self, api: Api, empty: Session) -> None:
        answer = add(api, empty, [{"comment": "x"}] * 10_001)
        assert (answer.status, answer.code) == (400, "too_many_comments")
        assert empty.comments.count() == 0

    def test_ten_thousand_are_taken(self, api: Api, empty: Session) -> None:
        answer = add(api, empty, [{"comment": f"Comentario {number}"} for number in range(10_000)])
        assert answer.json["counts"]["accepted"] == 10_000

    @pytest.mark.parametrize("state", [SessionState.IMPORTING, SessionState.RUNNING, SessionState.PAUSED])
    def test_a_session_at_work_takes_none(self, api: Api, team: Team, state: SessionState) -> None:
        answer = add(api, make_session(team, state=state), [{"comment": "x"}])
        assert (answer.status, answer.code, answer.json["state"]) == (409, "state_conflict", state.value)

    def test_viewers_and_strangers_may_not(self, empty: Session, viewer: Api, stranger: Api) -> None:
        assert add(viewer, empty, [{"comment": "x"}]).status == 403
        assert add(stranger, empty, [{"comment": "x"}]).status == 404
        assert not Comment.objects.filter(session=empty).exists()


class TestLines:
    def send(self, api: Api, session: Session, body: bytes) -> Answer:
        return api.send("POST", f"/sessions/{session.pk}/comments", body, content_type="application/x-ndjson")

    def test_one_comment_a_line(self, api: Api, empty: Session) -> None:
        lines = b"\n".join(orjson.dumps({"comment": f"Comentario {n}"}) for n in range(3))
        assert self.send(api, empty, lines + b"\n\n").json["counts"]["accepted"] == 3

    def test_a_line_that_is_none_harms_no_other(self, api: Api, empty: Session) -> None:
        answer = self.send(api, empty, b'{"comment": "uno"}\n{"comment": \n{"comment": "tres"}')
        assert answer.status == 207
        assert [line["error"] and line["error"]["code"] for line in answer.json["results"]] == [None, "bad_json", None]

    def test_a_body_of_blank_lines_is_refused(self, api: Api, empty: Session) -> None:
        assert self.send(api, empty, b"\n \n").status == 400


@pytest.mark.django_db(transaction=True)
def test_from_an_empty_session_to_results(api: Api) -> None:
    made = api.post("/sessions", {"name": "Por API"}).json
    add(api, Session.objects.get(pk=made["id"]), [{"comment": "Muy lento, pésimo"}, {"comment": "Excelente servicio"}])
    started = api.post(f"/sessions/{made['id']}/start")
    assert (started.status, started.json["state"]) == (202, "queued")
    assert started.headers["Location"] == made["links"]["job"]
    work_until_done(Session.objects.get(pk=made["id"]))
    job = api.send("GET", started.headers["Location"])
    assert (job.json["state"], job.json["done"], job.json["is_final"]) == ("completed", 2, True)
    assert "Retry-After" not in job.headers
    results = api.send("GET", made["links"]["comments"]).json["results"]
    assert [result["sentiment"] for result in results] == ["negative", "positive"]
    assert api.send("GET", made["links"]["stats"]).json["labelled"] == 2
    more = add(api, Session.objects.get(pk=made["id"]), [{"comment": "Otro más"}])
    assert more.status == 201
    assert api.post(f"/sessions/{made['id']}/start").json["state"] == "queued"


def test_an_unknown_session_takes_none(api: Api) -> None:
    assert api.post(f"/sessions/{uuid.uuid4()}/comments", [{"comment": "x"}]).status == 404
