"""``/sessions`` lists, creates, reads, renames and deletes what the caller's team owns."""

from __future__ import annotations

import uuid
from io import BytesIO

import pytest

from analysis.models import AuditEntry, Session, SessionState, Team
from tests.api.contract import Api
from tests.factories import make_session

CSV = "Comentario Final,Nota\nMuy lento,2\nExcelente,10\n"


def csv(text: str = CSV, name: str = "encuesta.csv") -> BytesIO:
    file = BytesIO(text.encode())
    file.name = name
    return file


class TestList:
    def test_shows_the_team_s_sessions_newest_first(self, api: Api, team: Team) -> None:
        first, second = make_session(team), make_session(team)
        results = api.get("/sessions").json["results"]
        assert [result["id"] for result in results] == [str(second.pk), str(first.pk)]

    def test_shows_a_stranger_nothing(self, session: Session, stranger: Api) -> None:
        assert stranger.get("/sessions").json["results"] == []

    def test_refuses_whoever_does_not_say_who_they_are(self, anonymous: Api) -> None:
        answer = anonymous.get("/sessions")
        assert (answer.status, answer.code) == (401, "not_authenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    def test_pages_meet_each_session_once_in_both_directions(self, api: Api, team: Team) -> None:
        made = [str(make_session(team, name=name).pk) for name in "caabdb"]
        forward, page = [], api.get("/sessions", ordering="name", page_size=2).json
        while True:
            forward += [result["id"] for result in page["results"]]
            if page["next"] is None:
                break
            page = api.send("GET", page["next"]).json
        assert sorted(forward) == sorted(made)
        backward = [result["id"] for result in page["results"]]
        while page["previous"]:
            page = api.send("GET", page["previous"]).json
            backward = [result["id"] for result in page["results"]] + backward
        assert backward == forward

    def test_a_new_session_does_not_shift_the_next_page(self, api: Api, team: Team) -> None:
        old = [str(make_session(team).pk) for _ in range(4)]
        page = api.get("/sessions", page_size=2).json
        make_session(team)
        rest = api.send("GET", page["next"]).json["results"]
        assert [result["id"] for result in rest] == [old[1], old[0]]

    def test_filters_by_state_date_and_name(self, api: Api, team: Team) -> None:
        running = make_session(team, state=SessionState.RUNNING, name="Marzo")
        make_session(team, name="Abril")
        for params in ({"state": "running"}, {"state__in": "running,paused"}, {"q": "marz"}):
            assert [one["id"] for one in api.get("/sessions", **params).json["results"]] == [str(running.pk)]
        assert api.get("/sessions", created_at__gte="2999-01-01T00:00:00Z").json["results"] == []

    @pytest.mark.parametrize(
        ("params", "code", "parameter"),
        [
            ({"stat": "running"}, "unknown_parameter", "stat"),
            ({"state": "asleep"}, "invalid", "state"),
            ({"state__in": "running,asleep"}, "invalid", "state__in"),
            ({"ordering": "colour"}, "invalid", "ordering"),
            ({"page_size": "0"}, "invalid", "page_size"),
            ({"page_size": "501"}, "invalid", "page_size"),
            ({"created_at__gte": "yesterday"}, "invalid", "created_at__gte"),
            ({"cursor": "abc"}, "bad_cursor", "cursor"),
            ({"state": ["running", "paused"]}, "invalid", "state"),
        ],
    )
    def test_refuses_what_it_does_not_know(self, api: Api, params: dict[str, str], code: str, parameter: str) -> None:
        answer = api.get("/sessions", **params)
        assert (answer.status, answer.code) == (400, code)
        assert answer.json["errors"][0]["parameter"] == parameter

    def test_says_what_was_probably_meant(self, api: Api) -> None:
        assert "state" in api.get("/sessions", stat="running").json["errors"][0]["hint"]

    def test_a_cursor_of_another_order_is_refused(self, api: Api, team: Team) -> None:
        make_session(team), make_session(team)
        link = api.get("/sessions", page_size=1).json["next"]
        assert api.send("GET", link + "&ordering=name").code == "bad_cursor"


class TestCreate:
    def test_a_file_becomes_a_job(self, api: Api) -> None:
        answer = api.upload("/sessions", file=csv())
        assert answer.status == 202
        assert answer.json["state"] == "importing"
        assert answer.json["name"] == "encuesta.csv"
        assert answer.headers["Location"] == f"/api/v1/jobs/{answer.json['id']}"
        assert int(answer.headers["Retry-After"]) >= 1
        assert api.send("GET", answer.headers["Location"]).status == 200

    def test_a_file_may_wait_for_its_mapping(self, api: Api) -> None:
        answer = api.upload("/sessions", file=csv(), start="false", name="Encuesta", columns='{"comment": "Nota"}')
        assert (answer.status, answer.json["state"]) == (201, "uploaded")
        assert answer.headers["Location"] == answer.json["links"]["self"]
        assert Session.objects.get(pk=answer.json["id"]).read_options["columns"] == {"comment": "Nota"}

    def test_json_makes_an_empty_session(self, api: Api, team: Team) -> None:
        answer = api.post("/sessions", {"name": "Por API", "priority": "high"})
        assert (answer.status, answer.json["origin"], answer.json["file"]) == (201, "api", None)
        assert Session.objects.get(pk=answer.json["id"]).team == team

    def test_leaves_a_line_in_the_audit_trail(self, api: Api) -> None:
        session_id = api.post("/sessions", {"name": "x"}).json["id"]
        assert AuditEntry.objects.filter(object_id=session_id, action="session.create").count() == 1

    def test_a_viewer_may_not(self, viewer: Api) -> None:
        answer = viewer.post("/sessions", {"name": "x"})
        assert (answer.status, answer.code, answer.json["scope"]) == (403, "scope_missing", "sessions:write")

    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            ({}, "/name", "required"),
            ({"name": ""}, "/name", "blank"),
            ({"name": 5}, "/name", "invalid"),
            ({"name": "x" * 201}, "/name", "max_length"),
            ({"name": "x", "engine": "embeded"}, "/engine", "invalid_choice"),
            ({"name": "x", "a/b~c": 1}, "/a~1b~0c", "unknown_field"),
            ([], "", "invalid"),
            ("name", "", "invalid"),
        ],
    )
    def test_names_what_is_wrong_with_a_body(self, api: Api, body: object, pointer: str, code: str) -> None:
        answer = api.post("/sessions", body)
        assert answer.status == 400
        assert [(error["pointer"], error["code"]) for error in answer.json["errors"]] == [(pointer, code)]

    def test_a_misspelt_field_gets_a_hint(self, api: Api) -> None:
        answer = api.post("/sessions", {"nmae": "x"}, headers={"Accept-Language": "en"})
        assert answer.json["detail"].endswith("Did you mean “name”?")

    @pytest.mark.parametrize(
        "form", [{}, {"file": "not a file"}, {"file": csv, "colour": "red"}, {"file": csv, "columns": "{"}]
    )
    def test_names_what_is_wrong_with_a_form(self, api: Api, form: dict[str, object]) -> None:
        values = {name: value() if callable(value) else value for name, value in form.items()}
        assert api.upload("/sessions", **values).status == 400

    def test_an_empty_file_gets_its_reason(self, api: Api) -> None:
        answer = api.upload("/sessions", file=csv(""))
        assert (answer.status, answer.code, answer.json["reason"]) == (422, "file_rejected", "empty_file")
        assert not Session.objects.exists()


class TestOne:
    def test_counts_add_up_to_the_rows(self, api: Api, session: Session) -> None:
        counts = api.get(f"/sessions/{session.pk}").json["counts"]
        assert counts["rows"] == counts["comments"] + counts["duplicates"] + counts["rejected"] == 62

    def test_is_the_same_404_for_a_stranger_as_for_an_id_that_never_was(self, session: Session, stranger: Api) -> None:
        hidden, missing = stranger.get(f"/sessions/{session.pk}"), stranger.get(f"/sessions/{uuid.uuid4()}")
        assert hidden.status == missing.status == 404
        for member in ("trace_id", "instance"):
            assert hidden.json[member] != missing.json[member]
        same = [{k: v for k, v in one.json.items() if k not in ("trace_id", "instance")} for one in (hidden, missing)]
        assert same[0] == same[1]

    def test_is_404_for_what_is_no_id(self, api: Api) -> None:
        assert api.get("/sessions/undefined").status == 404

    def test_is_not_sent_again_while_it_is_the_same(self, api: Api, session: Session) -> None:
        tag = api.get(f"/sessions/{session.pk}").headers["ETag"]
        again = api.send("GET", f"/sessions/{session.pk}", headers={"If-None-Match": tag})
        assert (again.status, again.headers["ETag"]) == (304, tag)
        Session.objects.filter(pk=session.pk).update(revision=99)
        assert api.send("GET", f"/sessions/{session.pk}", headers={"If-None-Match": tag}).status == 200

    def test_is_renamed_only_from_the_version_the_caller_saw(self, api: Api, session: Session) -> None:
        tag = api.get(f"/sessions/{session.pk}").headers["ETag"]
        renamed = api.patch(f"/sessions/{session.pk}", {"name": "Abril"}, headers={"If-Match": tag})
        assert (renamed.status, renamed.json["name"]) == (200, "Abril")
        late = api.patch(f"/sessions/{session.pk}", {"name": "Mayo"}, headers={"If-Match": tag})
        assert (late.status, late.code) == (412, "changed_meanwhile")
        assert api.patch(f"/sessions/{session.pk}", {"name": "Mayo"}, headers={"If-Match": "rubbish"}).status == 412
        assert Session.objects.get(pk=session.pk).name == "Abril"

    def test_is_deleted_with_everything(self, api: Api, session: Session) -> None:
        assert api.delete(f"/sessions/{session.pk}").status == 204
        assert api.get(f"/sessions/{session.pk}").status == 404

    def test_is_not_deleted_while_it_is_worked_on(self, api: Api, team: Team) -> None:
        running = make_session(team, state=SessionState.RUNNING)
        answer = api.delete(f"/sessions/{running.pk}")
        assert (answer.status, answer.code) == (409, "state_conflict")

    @pytest.mark.parametrize("method", ["PATCH", "DELETE"])
    def test_is_not_changed_by_viewers_or_strangers(
        self, session: Session, viewer: Api, stranger: Api, method: str
    ) -> None:
        body = {"name": "Mine"} if method == "PATCH" else None
        assert viewer.send(method, f"/sessions/{session.pk}", body).status == 403
        assert stranger.send(method, f"/sessions/{session.pk}", body).status == 404
        assert Session.objects.get(pk=session.pk).name == session.name
