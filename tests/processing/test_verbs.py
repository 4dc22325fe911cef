"""Pause, cancel, resume, retry: what each does, when it may, and the trail it leaves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from analysis.models import AuditEntry, Chunk, Comment, RejectedRow, Session, SessionState, StoredFile
from analysis.processing import verbs
from analysis.processing.drain import drain

pytestmark = pytest.mark.django_db
Make = Callable[..., Session]
Finish = Callable[[Session], Session]
TEXTS = [f"El servicio número {n} es lento" for n in range(450)]


@pytest.fixture
def planned(make_session: Make) -> Session:
    """A session of 450 texts that is imported and planned in several chunks, none of them begun."""
    session = make_session(TEXTS)
    verbs.start_import(session=session, actor=None)
    drain(session.pk, "importer", seconds=0.0001)
    session.refresh_from_db()
    assert session.state == SessionState.QUEUED
    assert Chunk.objects.filter(session=session, run=session.run, state="open").count() > 1
    return session


def test_a_paused_session_is_not_claimed_until_it_is_resumed(planned: Session, finish: Finish) -> None:
    verbs.pause(session=planned, actor=None)
    assert drain(planned.pk, "worker", seconds=5) is False
    assert Comment.objects.filter(session=planned, status="done").count() == 0

    verbs.resume(session=planned, actor=None)
    finish(planned)

    assert planned.state == SessionState.COMPLETED


def test_a_cancelled_session_ends_and_can_still_be_finished(planned: Session, finish: Finish) -> None:
    cancelled = verbs.cancel(session=planned, actor=None)
    assert cancelled.state == SessionState.CANCELLED
    assert drain(planned.pk, "worker", seconds=5) is False

    verbs.resume(session=planned, actor=None)
    finish(planned)

    assert planned.state == SessionState.COMPLETED
    assert Comment.objects.filter(session=planned, status="done").count() == len(TEXTS)


def test_cancelling_while_a_worker_holds_a_chunk_waits_for_it(planned: Session) -> None:
    held = Chunk.objects.filter(session=planned, state="open").first()
    assert held is not None
    Chunk.objects.filter(pk=held.pk).update(state="leased", lease_token=held.pk)

    assert verbs.cancel(session=planned, actor=None).state == SessionState.CANCELLING


def test_a_session_is_imported_once(planned: Session) -> None:
    with pytest.raises(verbs.StateError) as refused:
        verbs.start_import(session=planned, actor=None)
    assert refused.value.code == "not_startable"


@pytest.mark.parametrize("verb", [verbs.resume, verbs.retry_failed, verbs.reanalyze])
def test_a_running_session_refuses_what_needs_an_ended_one(planned: Session, verb: Callable[..., Session]) -> None:
    with pytest.raises(verbs.StateError):
        verb(session=planned, actor=None)


def test_a_failed_import_begins_anew_without_doubling_rows(make_session: Make, finish: Finish) -> None:
    session = make_session(["Bueno", "Malo"])
    verbs.start_import(session=session, actor=None)
    finish(session)
    Session.objects.filter(pk=session.pk).update(state=SessionState.FAILED)

    verbs.start_import(session=session, actor=None)
    finish(session)

    assert session.rows_total == 2
    assert Comment.objects.filter(session=session).count() == 2


def test_comments_set_aside_are_tried_again(
    make_session: Make, finish: Finish, script_engine: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = True

    def refuse(text: str) -> None:
        if broken and "malo" in text.lower():
            raise ValueError("no")

    script_engine(refuse)
    session = make_session(["Bueno", "Malo", "malo!"])
    verbs.start_import(session=session, actor=None)
    finish(session)
    assert session.state == SessionState.COMPLETED_WITH_ERRORS
    aside = Comment.objects.filter(session=session, status="failed")
    assert set(aside.values_list("error", flat=True)) == {"ValueError"}

    broken = False
    verbs.retry_failed(session=session, actor=None)
    finish(session)

    assert session.state == SessionState.COMPLETED
    assert not aside.exists()


def test_every_verb_leaves_a_line_in_the_audit_trail(planned: Session) -> None:
    actor = User.objects.create_user("ana")
    verbs.pause(session=planned, actor=actor)
    verbs.resume(session=planned, actor=actor)
    verbs.cancel(session=planned, actor=actor)

    actions = AuditEntry.objects.filter(actor=actor, object_id=str(planned.pk)).order_by("created_at")
    assert list(actions.values_list("action", flat=True)) == ["session.pause", "session.resume", "session.cancel"]


def test_deleting_a_session_takes_its_rows_and_its_file_along(
    make_session: Make, finish: Finish, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    session = make_session(["Bueno", "bueno", "Malo"])
    verbs.start_import(session=session, actor=None)
    finish(session)
    assert session.file is not None
    path = session.file.path
    assert path.exists()

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        verbs.delete_session(session=session, actor=None)

    assert not path.exists()
    for model in (Session, Comment, Chunk, RejectedRow, StoredFile):
        assert model._default_manager.count() == 0
