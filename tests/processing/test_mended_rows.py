"""Rejected rows are mended, imported again under their own numbers, and never come in twice."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from django.contrib.auth.models import User

from analysis.exports.rejected import write_session_rejected
from analysis.intake.errors import IntakeError
from analysis.models import Comment, RejectedRow, Session, SessionState
from analysis.processing import verbs

pytestmark = pytest.mark.django_db
Make = Callable[..., Session]
Finish = Callable[[Session], Session]


@pytest.fixture
def ana() -> User:
    return User.objects.create_user("ana")


@pytest.fixture
def session(make_session: Make, finish: Finish) -> Session:
    """Four rows, two of them with a rating that is none."""
    session = make_session(["Bueno", "Muy lento", "Caro", "muy lento"], ratings=[9, 77, 88, 1])
    verbs.start_import(session=session, actor=None)
    finish(session)
    assert (session.rows_total, session.stored_count, session.rejected_count) == (4, 2, 2)
    return session


def rejected_file(session: Session, path: Path, mend: dict[int, str]) -> Path:
    """The session's rejected.xlsx, with the ratings of the given rows mended as somebody in Excel would."""
    target = path / "rejected.xlsx"
    write_session_rejected(session, target)
    workbook = openpyxl.load_workbook(target)
    sheet = workbook.active
    assert sheet is not None
    names = [cell.value for cell in sheet[1]]
    for line in sheet.iter_rows(min_row=2):
        number = int(str(line[0].value))
        if number in mend:
            line[names.index("Nota")].value = mend[number]
    workbook.save(target)
    return target


def import_mended(session: Session, path: Path, actor: User) -> None:
    verbs.import_mended(session=session, upload=io.BytesIO(path.read_bytes()), filename="rejected.xlsx", actor=actor)


def test_mended_rows_come_in_under_their_own_numbers(
    session: Session, finish: Finish, tmp_path: Path, ana: User
) -> None:
    import_mended(session, rejected_file(session, tmp_path, {2: "1", 3: "2"}), ana)
    finish(session)

    assert session.state == SessionState.COMPLETED
    assert (session.rows_total, session.stored_count, session.rejected_count) == (4, 4, 0)
    comments = Comment.objects.filter(session=session).order_by("row_number")
    assert list(comments.values_list("row_number", "text", "rating")) == [
        (1, "Bueno", 9), (2, "Muy lento", 1), (3, "Caro", 2), (4, "muy lento", 1),
    ]  # fmt: skip
    assert comments.filter(status="done", results__is_current=True).count() == 4


def test_rows_that_are_still_wrong_stay_rejected(session: Session, finish: Finish, tmp_path: Path, ana: User) -> None:
    import_mended(session, rejected_file(session, tmp_path, {3: "2"}), ana)
    finish(session)

    assert (session.rows_total, session.stored_count, session.rejected_count) == (4, 3, 1)
    assert RejectedRow.objects.get(session=session).row_number == 2


def test_the_same_mended_file_twice_adds_nothing(session: Session, finish: Finish, tmp_path: Path, ana: User) -> None:
    mended = rejected_file(session, tmp_path, {2: "1", 3: "2"})
    for _ in range(2):
        import_mended(session, mended, ana)
        finish(session)

    assert (session.rows_total, session.stored_count, session.rejected_count) == (4, 4, 0)
    assert session.state == SessionState.COMPLETED


def test_another_file_is_not_taken_for_a_mended_one(session: Session, ana: User, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("Nota,Comentario Final\n1,Malo\n2,Peor todavía\n")
    with pytest.raises(IntakeError) as refused:
        import_mended(session, other, ana)
    assert refused.value.code == "not_rejected_rows"


def test_a_mended_file_that_cannot_be_read_leaves_the_session_as_it_was(
    session: Session, finish: Finish, tmp_path: Path, ana: User
) -> None:
    import_mended(session, rejected_file(session, tmp_path, {2: "1"}), ana)
    chunk = session.chunks.filter(kind="import").order_by("-created_at").first()
    assert chunk is not None
    assert chunk.file is not None
    chunk.file.path.write_bytes(b"PK broken")

    finish(session)

    assert session.state == SessionState.COMPLETED_WITH_ERRORS
    assert session.failure_code
    assert (session.rows_total, session.stored_count, session.rejected_count) == (4, 2, 2)
    assert Comment.objects.filter(session=session, status="done").count() == 2
