"""The work on a session is a job that one can look at, stop, resume and begin again."""

from __future__ import annotations

from io import BytesIO

import pytest

from analysis.models import CommentStatus, Session, SessionState, Team
from analysis.processing.inline import work_until_done
from tests.api.contract import Api
from tests.factories import add_comment, make_session

CSV = "Comentario Final;Nota\nMuy lento;2\nExcelente;10\nMuy lento;3\n;5\nRegular;doce\n"


def csv(text: str = CSV) -> BytesIO:
    file = BytesIO(text.encode())
    file.name = "encuesta.csv"
    return file


class TestJob:
    def test_of_a_session_that_waits_says_that_nobody_works(self, api: Api, team: Team) -> None:
        job = api.get(f"/jobs/{make_session(team, state=SessionState.QUEUED).pk}")
        assert (job.json["state"], job.json["no_worker"], job.json["is_final"]) == ("queued", True, False)
        assert int(job.headers["Retry-After"]) >= 1

    def test_of_a_failed_session_says_why(self, api: Api, team: Team) -> None:
        failed = make_session(team, state=SessionState.FAILED, failure_code="x", failure_detail="Not JSON")
        assert api.get(f"/jobs/{failed.pk}").json["failure"] == {"code": "x", "detail": "Not JSON", "hint": ""}

    def test_is_not_shown_to_strangers(self, session: Session, stranger: Api) -> None:
        assert stranger.get(f"/jobs/{session.pk}").status == 404

    @pytest.mark.parametrize("action", ["cancel", "pause", "resume", "retry"])
    def test_is_not_touched_by_viewers_or_strangers(self, team: Team, viewer: Api, stranger: Api, action: str) -> None:
        running = make_session(team, state=SessionState.RUNNING)
        assert viewer.post(f"/jobs/{running.pk}/{action}").status == 403
        assert stranger.post(f"/jobs/{running.pk}/{action}").status == 404
        running.refresh_from_db()
        assert running.state == SessionState.RUNNING

    def test_is_paused_and_resumed(self, api: Api, team: Team) -> None:
        running = make_session(team, state=SessionState.RUNNING)
        paused = api.post(f"/jobs/{running.pk}/pause")
        assert (paused.status, paused.json["state"]) == (202, "paused")
        assert api.post(f"/jobs/{running.pk}/resume").json["state"] in ("queued", "running")

    def test_is_cancelled_for_good(self, api: Api, team: Team) -> None:
        cancelled = api.post(f"/jobs/{make_session(team, state=SessionState.RUNNING).pk}/cancel")
        assert (cancelled.status, cancelled.json["state"], cancelled.json["is_final"]) == (202, "cancelled", True)

    def test_retries_what_was_set_aside(self, api: Api, team: Team) -> None:
        session = make_session(team)
        add_comment(session, "Lento", status=CommentStatus.FAILED, error="timeout")
        retried = api.post(f"/jobs/{session.pk}/retry")
        assert (retried.status, retried.json["state"], retried.json["total"]) == (202, "queued", 1)

    @pytest.mark.parametrize("action", ["cancel", "pause", "resume", "retry"])
    def test_refuses_what_its_state_forbids(self, api: Api, team: Team, action: str) -> None:
        done = make_session(team)
        answer = api.post(f"/jobs/{done.pk}/{action}")
        assert (answer.status, answer.code) == (409, "state_conflict")
        assert answer.json["reason"]

    def test_actions_take_no_settings(self, api: Api, session: Session) -> None:
        assert api.post(f"/jobs/{session.pk}/cancel", {"force": True}).code == "unknown_field"


@pytest.mark.django_db(transaction=True)
class TestFile:
    def test_goes_from_upload_to_numbers(self, api: Api) -> None:
        made = api.upload("/sessions", file=csv(), name="Encuesta")
        work_until_done(Session.objects.get(pk=made.json["id"]))
        session = api.get(f"/sessions/{made.json['id']}").json
        assert session["state"] == "completed"
        assert session["counts"] == {"rows": 5, "comments": 2, "duplicates": 1, "rejected": 2, "blank": 0}
        numbers = api.send("GET", session["links"]["stats"]).json
        assert (numbers["n"], numbers["nps"]["promoters"], numbers["nps"]["detractors"]) == (3, 1, 2)
        rejected = api.send("GET", session["links"]["rejected"]).json["results"]
        assert [row["reason"] for row in rejected] == ["empty_text", "bad_rating"]

    def test_may_be_looked_into_first_and_read_as_one_says(self, api: Api) -> None:
        text = "Nota;Texto libre;Otro\n9;Muy bueno;Anda mal\n3;Malo;Anda bien\n"
        made = api.upload("/sessions", file=csv(text), start="false").json
        seen = api.get(f"/sessions/{made['id']}/mapping").json
        assert [column["name"] for column in seen["columns"]] == ["Nota", "Texto libre", "Otro"]
        assert (seen["format"], seen["delimiter"], seen["rows_estimate"]) == ("csv", ";", 2)
        tried = api.post(f"/sessions/{made['id']}/mapping", {"columns": {"comment": "Otro"}}).json
        assert {column["field"]: column["name"] for column in tried["columns"]}["comment"] == "Otro"
        assert tried["options"] == {"columns": {"comment": "Otro"}}
        started = api.post(f"/sessions/{made['id']}/start", {"options": {"columns": {"comment": "Otro"}}})
        assert (started.status, started.json["state"]) == (202, "importing")
        work_until_done(Session.objects.get(pk=made["id"]))
        texts = [one["text"] for one in api.get(f"/sessions/{made['id']}/comments").json["results"]]
        assert texts == ["Anda mal", "Anda bien"]

    def test_a_column_that_is_not_there_is_named(self, api: Api) -> None:
        made = api.upload("/sessions", file=csv(), start="false").json
        answer = api.post(f"/sessions/{made['id']}/mapping", {"columns": {"comment": "Opinión"}})
        assert (answer.status, answer.json["reason"]) == (422, "unknown_column")

    def test_its_rejected_rows_come_back_mended_once(self, api: Api) -> None:
        import openpyxl

        made = api.upload("/sessions", file=csv()).json
        work_until_done(Session.objects.get(pk=made["id"]))
        book = openpyxl.load_workbook(BytesIO(api.get(f"/sessions/{made['id']}/rejected.xlsx").content))
        sheet = book.active
        assert sheet is not None
        heads = [cell.value for cell in sheet[1]]
        sheet.cell(row=2, column=heads.index("Comentario Final") + 1, value="Ahora sí")
        mended = BytesIO()
        book.save(mended)
        for _ in range(2):
            mended.seek(0)
            mended.name = "rejected.xlsx"
            answer = api.upload(f"/sessions/{made['id']}/mended", file=mended)
            assert (answer.status, answer.json["state"]) == (202, "importing")
            work_until_done(Session.objects.get(pk=made["id"]))
            counts = api.get(f"/sessions/{made['id']}").json["counts"]
            assert (counts["rows"], counts["comments"], counts["rejected"]) == (5, 3, 1)

    def test_is_analysed_again_and_what_people_decided_stays(self, api: Api) -> None:
        made = api.upload("/sessions", file=csv()).json
        work_until_done(Session.objects.get(pk=made["id"]))
        comment = api.get(f"/sessions/{made['id']}/comments").json["results"][0]
        api.patch(f"/comments/{comment['id']}", {"sentiment": "mixed"})
        again = api.post(f"/sessions/{made['id']}/reanalyze", {"engine": "embedded"})
        assert (again.status, again.json["state"]) == (202, "queued")
        work_until_done(Session.objects.get(pk=made["id"]))
        assert api.get(f"/comments/{comment['id']}").json["sentiment"] == "mixed"

    def test_an_unknown_engine_is_refused(self, api: Api, session: Session) -> None:
        answer = api.post(f"/sessions/{session.pk}/reanalyze", {"engine": "magic"})
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "/engine")


@pytest.mark.parametrize("path", ["start", "mapping", "mended", "reanalyze"])
def test_strangers_begin_nothing(session: Session, stranger: Api, path: str) -> None:
    if path == "mended":
        assert stranger.upload(f"/sessions/{session.pk}/{path}", file=csv()).status == 404
    else:
        assert stranger.post(f"/sessions/{session.pk}/{path}", {}).status == 404
