"""An export is there wholly or not at all."""

from __future__ import annotations

import resource
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
from django.db import connection

from analysis.exports.files import FORMATS, Export, ExportError, format_of, stream, write_file
from analysis.insights.filters import CommentFilter
from analysis.models import Session
from tests import factories
from tests.exports.conftest import export_of


@contextmanager
def disk_full_after(size: int) -> Iterator[None]:
    """No file can grow beyond ``size`` bytes: to the writer the same as a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.django_db
@pytest.mark.parametrize("ending", FORMATS)
def test_the_file_is_what_would_have_been_streamed(varied: Session, tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"salida.{ending}"
    write_file(export_of(varied, ending), target)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    if ending in ("csv", "jsonl"):
        assert target.read_bytes() == b"".join(stream(export_of(varied, ending)))
    else:
        assert target.stat().st_size > 10_000


@pytest.mark.django_db
@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("size", [0, 6_000])
def test_a_full_disk_leaves_no_part_and_keeps_what_was_there(
    varied: Session, tmp_path: Path, ending: str, size: int
) -> None:
    target = tmp_path / f"salida.{ending}"
    target.write_text("the last export")
    with disk_full_after(size), pytest.raises(OSError, match="File too large"):
        write_file(export_of(varied, ending), target)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    assert target.read_text() == "the last export"
    write_file(export_of(varied, ending), target)
    assert target.stat().st_size > 6_000


@pytest.mark.django_db
def test_a_full_disk_is_told_before_the_first_byte_of_a_workbook(varied: Session) -> None:
    with disk_full_after(2_000), pytest.raises(OSError, match="File too large"):
        stream(export_of(varied, "xlsx"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_rows_that_come_in_while_an_export_runs_are_not_half_in_it(ending: str) -> None:
    session = factories.make_session()
    factories.add_comments(session, [{"text": f"uno {number}"} for number in range(1_500)])
    blocks = stream(export_of(session, ending))
    taken = [next(blocks)]
    late = threading.Thread(target=_add_late_comment, args=(session.pk,))
    late.start()
    late.join()
    taken += blocks
    text = b"".join(taken)
    if ending == "json":
        document = orjson.loads(text)
        assert document["overview"]["n"] == len(document["comments"]) == 1_500
    else:
        assert len(text.splitlines()) == 1_500
    assert session.comments.count() == 1_501


def _add_late_comment(session_id: uuid.UUID) -> None:
    try:
        factories.add_comment(Session.objects.get(pk=session_id), "tarde")
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_an_export_that_nobody_takes_to_its_end_leaves_the_connection_usable() -> None:
    session = factories.make_session()
    factories.add_comments(session, [{"text": f"uno {number}"} for number in range(1_500)])
    blocks = stream(export_of(session, "csv"))
    next(blocks)
    blocks.close()  # type: ignore[attr-defined]
    assert not connection.in_atomic_block
    factories.add_comment(session, "otro")


@pytest.mark.django_db
def test_the_name_says_which_session_and_holds_no_path(varied: Session) -> None:
    name = export_of(varied, "xlsx").file_name()
    assert name.startswith("encuesta-nandu-marzo-")
    assert name.endswith(".xlsx")
    assert Export(CommentFilter(), Session.objects.all(), "csv").file_name().startswith("comments-")
    theirs = Session.objects.exclude(pk=varied.pk)
    assert "nandu" not in Export(CommentFilter(session=varied.pk), theirs, "csv").file_name()


def test_the_ending_decides_the_format() -> None:
    assert format_of(Path("a/b.XLSX")) == "xlsx"
    with pytest.raises(ExportError, match=r"\.jsonl"):
        format_of(Path("salida.docx"))
    with pytest.raises(ExportError, match="xlsx"):
        Export(CommentFilter(), Session.objects.none(), "xlsxx")
