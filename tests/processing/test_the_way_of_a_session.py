"""A file goes in, every row comes out labelled once, and the counts agree with the rows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analysis.models import AnalysisResult, Chunk, ChunkState, Comment, Session, SessionState
from analysis.processing import verbs
from analysis.processing.complete import complete

pytestmark = pytest.mark.django_db
Make = Callable[..., Session]
Finish = Callable[[Session], Session]


def test_every_row_is_labelled_once_and_repeats_are_folded(make_session: Make, finish: Finish) -> None:
    session = make_session(["Muy lento", "muy lento", "Excelente servicio", "Muy lento"])

    verbs.start_import(session=session, actor=None)
    finish(session)

    assert session.state == SessionState.COMPLETED
    assert (session.rows_total, session.comment_count, session.duplicate_count, session.rejected_count) == (4, 2, 2, 0)
    assert AnalysisResult.objects.filter(session=session).count() == 4
    assert Comment.objects.filter(session=session, status="done").count() == 4
    first = Comment.objects.get(session=session, row_number=1)
    repeats = Comment.objects.filter(session=session, duplicate_of=first)
    assert list(repeats.values_list("row_number", flat=True)) == [2, 4]


def test_a_repeat_has_the_label_of_its_text_fused_with_its_own_rating(make_session: Make, finish: Finish) -> None:
    session = make_session(["Uso el wifi en casa", "uso el wifi en casa."], ratings=[10, 0])

    verbs.start_import(session=session, actor=None)
    finish(session)

    results = AnalysisResult.objects.filter(session=session)
    by_row = dict(results.values_list("comment__row_number", "sentiment"))
    assert by_row == {1: "positive", 2: "negative"}


def test_evidence_is_kept_only_where_its_offsets_hold(make_session: Make, finish: Finish) -> None:
    session = make_session(["muy lento", "MUY   LENTO"])

    verbs.start_import(session=session, actor=None)
    finish(session)

    first, repeat = AnalysisResult.objects.filter(session=session).order_by("comment__row_number")
    assert first.evidence
    assert repeat.comment.text == "muy lento" or repeat.evidence == []


def test_a_session_completes_once(make_session: Make, finish: Finish) -> None:
    session = make_session(["Bueno", "Malo"])
    verbs.start_import(session=session, actor=None)
    finish(session)
    revision = session.revision

    assert complete(session.pk) is False
    session.refresh_from_db()
    assert session.revision == revision


def test_an_unreadable_file_fails_its_session_with_a_reason(make_session: Make, finish: Finish, team: object) -> None:
    session = make_session(["x"])
    assert session.file is not None
    session.file.path.write_bytes(b"")

    verbs.start_import(session=session, actor=None)
    finish(session)

    assert session.state == SessionState.FAILED
    assert session.failure_code
    assert "hint" in session.failure_detail


def test_analysing_again_replaces_results_and_keeps_human_values(make_session: Make, finish: Finish) -> None:
    session = make_session(["Muy lento", "Excelente"])
    verbs.start_import(session=session, actor=None)
    finish(session)
    Comment.objects.filter(session=session, row_number=1).update(human_sentiment="mixed")

    verbs.reanalyze(session=session, actor=None)
    finish(session)

    assert session.state == SessionState.COMPLETED
    assert AnalysisResult.objects.filter(session=session, is_current=True).count() == 2
    assert Comment.objects.get(session=session, row_number=1).human_sentiment == "mixed"
    assert Chunk.objects.filter(session=session).exclude(state=ChunkState.DONE).count() == 0


def test_a_new_engine_version_becomes_current_and_the_old_one_stays(
    make_session: Make, finish: Finish, script_engine: Callable[..., object]
) -> None:
    session = make_session(["Muy lento"])
    verbs.start_import(session=session, actor=None)
    finish(session)
    newer = script_engine(lambda text: None)
    newer.version = "embedded-next"  # type: ignore[attr-defined]

    verbs.reanalyze(session=session, actor=None)
    finish(session)

    versions = dict(AnalysisResult.objects.filter(session=session).values_list("engine_version", "is_current"))
    assert versions.pop("embedded-next") is True
    assert list(versions.values()) == [False]
