"""A reading child that somebody killed is no fault of the file."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analysis.intake import parse
from analysis.intake.errors import IntakeError
from analysis.models import Chunk, Session, SessionState
from analysis.processing import importing, verbs

pytestmark = pytest.mark.django_db
Make = Callable[..., Session]
Finish = Callable[[Session], Session]


def killing(monkeypatch: pytest.MonkeyPatch, times: int) -> list[int]:
    """Have the child that reads a file killed that many times; the list grows with each reading."""
    readings: list[int] = []

    def read(*args: object, **kwargs: object) -> object:
        readings.append(1)
        if len(readings) <= times:
            raise IntakeError("out_of_memory")
        return parse.read_rows(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "read_rows", read)
    return readings


def test_a_file_whose_reader_was_killed_is_read_again(
    make_session: Make, finish: Finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = killing(monkeypatch, times=2)
    session = make_session(["Malo", "Bueno"])
    verbs.start_import(session=session, actor=None)

    finish(session)

    assert session.state == SessionState.COMPLETED
    assert len(readings) == 3


def test_a_file_that_kills_its_reader_each_time_fails_with_the_reason(
    make_session: Make, finish: Finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = killing(monkeypatch, times=99)
    session = make_session(["Malo"])
    verbs.start_import(session=session, actor=None)

    finish(session)

    assert (session.state, session.failure_code) == (SessionState.FAILED, "out_of_memory")
    assert len(readings) == 3
    assert Chunk.objects.get(session=session).state == "failed"
