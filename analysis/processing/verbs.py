"""What people and programs may ask of a session; page, API, admin and command call these same functions.

Each is one conditional change of state with its line in the audit trail, and a hint once it is committed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_noop as _

from analysis import access
from analysis.intake import store, uploads
from analysis.intake.errors import IntakeError
from analysis.intake.parse import inspect
from analysis.intake.terms import SessionTerms, check_engine
from analysis.intake.types import ReadOptions
from analysis.models import (
    FINAL_STATES,
    AnalysisResult,
    Chunk,
    ChunkKind,
    ChunkState,
    Comment,
    CommentStatus,
    Session,
    SessionState,
)
from analysis.processing.complete import begin_run, complete
from analysis.processing.hints import hint, wanted_hints
from analysis.processing.plan import plan_import
from analysis.routing.router import is_known

S = SessionState
_STARTABLE = (S.UPLOADED, S.MAPPING, S.FAILED)


class StateError(Exception):
    """The session's state forbids it. ``message`` is an English msgid."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


def start_import(
    *,
    session: Session,
    options: ReadOptions | None = None,
    actor: User | None,
    engine: str | None = None,
    terms: SessionTerms | None = None,
) -> Session:
    """Read the session's file with ``options`` and analyse it; also begins anew after a failed import.

    ``engine`` and ``terms`` take the place of the session's.
    """
    if engine is not None:
        check_engine(engine, sends_abroad=(terms or session).sends_abroad)
    with transaction.atomic():
        locked = _locked(session, _STARTABLE, "not_startable", _("The import of this session has begun already."))
        if locked.file_id is None:
            raise StateError("no_file", _("This session has no file to import."))
        if locked.rows_total:
            store.erase(locked)
            locked.refresh_from_db()
        if options is not None:
            locked.read_options = uploads.options_to_dict(options)
        chosen = ({"engine": engine} if engine else {}) | (terms.as_fields() if terms else {})
        _restart(locked, rows_expected=None, **chosen)
        plan_import(locked, locked.file_id)
        detail = {"engine": locked.engine} if engine else {}
        access.record(actor, "session.import", locked, **detail, **(terms.as_detail() if terms else {}))
        hint(locked)
    return locked


def import_mended(*, session: Session, upload: uploads.Upload, filename: str, actor: User) -> Session:
    """Take in a mended ``rejected.xlsx``: its rows keep their numbers, and none of them comes in twice."""
    file = uploads.store_file(team=session.team, user=actor, upload=upload, filename=filename)
    inspection = inspect(file.path, file.original_name, ReadOptions())
    if not inspection.mended or inspection.origin not in ("", str(session.pk)):
        file.path.unlink(missing_ok=True)
        raise IntakeError("not_rejected_rows")
    with transaction.atomic():
        locked = _locked(session, FINAL_STATES, "still_working", _("Wait until the session has ended."))
        file.save(force_insert=True)
        _restart(locked, rows_expected=inspection.rows_estimate)
        plan_import(locked, file.pk)
        access.record(actor, "session.import_mended", locked, sha256=file.sha256)
        hint(locked)
    return locked


def start_analysis(*, session: Session, actor: User | None) -> Session:
    """Label what is pending: comments that were added, or set aside and reset."""
    with transaction.atomic():
        startable = (S.UPLOADED, *FINAL_STATES)
        locked = _locked(session, startable, "still_working", _("This session is being worked on already."))
        _begin(locked)
        access.record(actor, "session.analyse", locked)
    return locked


def pause(*, session: Session, actor: User | None) -> Session:
    """Stop after the batches in hand; ``resume`` goes on."""
    with transaction.atomic():
        working = (S.IMPORTING, S.QUEUED, S.RUNNING)
        locked = _locked(session, working, "not_working", _("This session is not being worked on."))
        _set_state(locked, S.PAUSED)
        access.record(actor, "session.pause", locked)
    return locked


def cancel(*, session: Session, actor: User | None) -> Session:
    """Stop for good; what is labelled stays, and ``resume`` may still finish the rest."""
    with transaction.atomic():
        working = (S.IMPORTING, S.QUEUED, S.RUNNING, S.PAUSED)
        locked = _locked(session, working, "not_working", _("This session is not being worked on."))
        Chunk.objects.filter(session=locked, run=locked.run, state=ChunkState.OPEN).update(state=ChunkState.CANCELLED)
        _set_state(locked, S.CANCELLING)
        access.record(actor, "session.cancel", locked)
    complete(locked.pk)
    locked.refresh_from_db()
    return locked


def resume(*, session: Session, actor: User | None) -> Session:
    """Go on where a pause or a cancellation stopped."""
    with transaction.atomic():
        stopped = (S.PAUSED, S.CANCELLED)
        locked = _locked(session, stopped, "not_stopped", _("Only a paused or cancelled session can be resumed."))
        chunks = Chunk.objects.filter(session=locked, run=locked.run)
        chunks.filter(state=ChunkState.CANCELLED).update(state=ChunkState.OPEN, finished_at=None)
        importing = chunks.filter(kind=ChunkKind.IMPORT, state__in=(ChunkState.OPEN, ChunkState.LEASED)).exists()
        locked.completed_at, locked.pause_reason = None, ""
        _set_state(locked, S.IMPORTING if importing else S.QUEUED, "completed_at", "pause_reason")
        access.record(actor, "session.resume", locked)
        hint(locked, wanted_hints(chunks.filter(state=ChunkState.OPEN).count()))
    return locked


def retry_failed(*, session: Session, actor: User | None) -> Session:
    """Try again the comments that were set aside."""
    with transaction.atomic():
        locked = _locked(session, FINAL_STATES, "still_working", _("Wait until the session has ended."))
        aside = Comment.objects.filter(session=locked, status=CommentStatus.FAILED)
        if not aside.update(status=CommentStatus.PENDING, attempts=0, error=""):
            raise StateError("nothing_failed", _("No comment of this session was set aside."))
        _begin(locked)
        access.record(actor, "session.retry_failed", locked)
    return locked


def reanalyze(
    *,
    session: Session,
    actor: User | None,
    engine: str | None = None,
    version: str | None = None,
    terms: SessionTerms | None = None,
) -> Session:
    """Label every comment again, with another engine or version if one is named, else with the active version.

    What people decided stays, and so do the results of the other versions. ``terms`` take the place of the session's.
    """
    agreed = terms.sends_abroad if terms else session.sends_abroad
    check_engine(engine or session.engine, sends_abroad=agreed)
    if version and not is_known(engine or session.engine, version):
        raise IntakeError("unknown_version", {"version": version})
    with transaction.atomic():
        locked = _locked(session, FINAL_STATES, "still_working", _("Wait until the session has ended."))
        locked.engine = engine or locked.engine
        changed = terms.as_fields() if terms else {}
        for name, value in changed.items():
            setattr(locked, name, value)
        locked.save(update_fields=["engine", *changed])
        Comment.objects.filter(session=locked).update(status=CommentStatus.PENDING, attempts=0, error="")
        _begin(locked, version or "")
        detail = ({"version": locked.engine_version} if version else {}) | (terms.as_detail() if terms else {})
        access.record(actor, "session.reanalyze", locked, engine=locked.engine, **detail)
    return locked


def show_version(*, session: Session, version: str, actor: User | None) -> Session:
    """Make the results of a version that labelled this session before the current ones again; nothing is analysed.

    Comments that the version has no result for keep the one they have; what people decided stays.
    """
    with transaction.atomic():
        locked = _locked(session, FINAL_STATES, "still_working", _("Wait until the session has ended."))
        kept = AnalysisResult.objects.filter(session=locked, engine_version=version)
        engine = kept.values_list("engine", flat=True).first()
        if engine is None:
            raise StateError("no_such_version", _("This version has no results in this session."))
        others = AnalysisResult.objects.filter(session=locked, is_current=True).exclude(engine_version=version)
        others.filter(comment__in=kept.values("comment")).update(is_current=False)
        moved = kept.filter(is_current=False).update(is_current=True)
        locked.engine, locked.engine_version = engine, version
        locked.revision += 1
        locked.save(update_fields=["engine", "engine_version", "revision"])
        access.record(actor, "session.show_version", locked, version=version, comments=moved)
    return locked


def rename(*, session: Session, name: str, actor: User | None) -> None:
    """Give a session another name."""
    with transaction.atomic():
        Session.objects.filter(pk=session.pk).update(name=name)
        access.record(actor, "session.rename", session)


def delete_session(*, session: Session, actor: User | None) -> None:
    """Delete a session that nobody works on, with its rows and, when no other session uses it, its file."""
    with transaction.atomic():
        deletable = (S.UPLOADED, S.MAPPING, S.PAUSED, *FINAL_STATES)
        locked = _locked(session, deletable, "still_working", _("Cancel the session before deleting it."))
        access.record(actor, "session.delete", locked, rows=locked.rows_total)
        file = locked.file
        store.erase(locked)
        locked.delete()
        if file is not None and not file.sessions.exists():
            file.delete()
            transaction.on_commit(lambda: file.path.unlink(missing_ok=True))


def _begin(session: Session, version: str = "") -> None:
    """A new run over what is pending; ends at once when nothing is."""
    chunks = begin_run(session, version)
    if chunks:
        hint(session, wanted_hints(chunks))
    else:
        complete(session.pk)
        session.refresh_from_db()


def _restart(session: Session, **fields: Any) -> None:
    """Back to importing, in a run of its own so that old chunks do not count."""
    session.run += 1
    session.failure_code = session.failure_detail = ""
    session.started_at = session.completed_at = None
    for name, value in fields.items():
        setattr(session, name, value)
    names = ("run", "failure_code", "failure_detail", "started_at", "completed_at", "read_options", *fields)
    _set_state(session, S.IMPORTING, *names)


def _set_state(session: Session, state: str, *fields: str) -> None:
    session.state = state
    session.save(update_fields=["state", *fields])


def _locked(session: Session, states: Iterable[str], code: str, message: str) -> Session:
    """The session's row, locked; raises ``StateError`` when it is in none of the states."""
    locked = Session.objects.select_for_update().select_related("team").get(pk=session.pk)
    if locked.state not in states:
        raise StateError(code, message)
    return locked
