"""Whoever lost a lease writes nothing; whoever dies loses at most what was in hand."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DataError
from django.db.models import Q
from django.db.models.functions import Now
from pytest_django import Settings

from analysis.intake.store import copy_comments
from analysis.intake.types import CleanRow
from analysis.models import AnalysisResult, Chunk, ChunkState, Comment, Session, SessionState
from analysis.processing import verbs
from analysis.processing.claim import Lease, LeaseLost, claim, give_back, renew, reopen_lost
from analysis.processing.drain import drain, next_texts, work_on
from analysis.processing.label import label
from analysis.processing.sweep import sweep
from analysis.processing.worker import free_predecessor
from analysis.processing.write import Labelled, Source, write

pytestmark = pytest.mark.django_db
Make = Callable[..., Session]
Finish = Callable[[Session], Session]


@pytest.fixture
def planned(make_session: Make) -> Session:
    session = make_session(["Muy lento", "Excelente", "muy lento"])
    verbs.start_import(session=session, actor=None)
    drain(session.pk, "importer", seconds=0.0001)
    session.refresh_from_db()
    return session


def claimed(session: Session, worker: str = "one") -> Lease:
    lease = claim(session.pk, worker)
    assert lease is not None
    return lease


def test_a_chunk_is_claimed_by_one_worker_only(planned: Session) -> None:
    claimed(planned)
    assert claim(planned.pk, "two") is None


def test_a_zombie_writes_nothing(planned: Session) -> None:
    zombie = claimed(planned)
    texts = next_texts(zombie)
    answer = label(texts, engine="embedded")
    Chunk.objects.filter(pk=zombie.chunk_id).update(lease_until=Now() - timedelta(seconds=1))
    sweep()
    work_on(claimed(planned, "successor"))
    before = AnalysisResult.objects.filter(session=planned).order_by("pk").values_list("pk", flat=True)
    written = list(before)

    rows = [Labelled(text.comment_id, text.rating, answer.verdicts[text.comment_id]) for text in texts]
    with pytest.raises(LeaseLost):
        write(zombie, rows, {}, Source("embedded", "zombie"))

    assert list(before.all()) == written
    assert len(written) == 3


def test_a_lease_that_ran_out_is_opened_again_and_worked_on_carefully(planned: Session) -> None:
    lease = claimed(planned)
    Chunk.objects.filter(pk=lease.chunk_id).update(lease_until=Now() - timedelta(seconds=1))

    swept = sweep()

    assert swept is not None
    assert swept.reopened == 1
    assert claimed(planned, "two").careful is True


def test_a_heartbeat_prolongs_only_leases_that_are_still_alive(planned: Session) -> None:
    lease = claimed(planned)
    assert renew(lease.token) == 1
    assert renew(uuid.uuid4()) == 0
    Chunk.objects.filter(pk=lease.chunk_id).update(lease_until=Now() - timedelta(seconds=1))
    assert renew(lease.token) == 0


def test_a_write_prolongs_its_lease(planned: Session) -> None:
    lease = claimed(planned)
    Chunk.objects.filter(pk=lease.chunk_id).update(lease_until=Now() - timedelta(seconds=1))
    write(lease, [], {}, Source("embedded", "any"))
    assert renew(lease.token) == 1


def test_a_chunk_is_never_larger_than_the_setting_says(make_session: Make, settings: Settings) -> None:
    settings.CHUNK_ROWS = 20
    session = make_session([f"comentario {number}" for number in range(50)])
    verbs.start_import(session=session, actor=None)
    drain(session.pk, "importer", seconds=0.0001)
    sizes = Chunk.objects.filter(session=session, kind="analyse").values_list("size", flat=True)
    assert sorted(sizes) == [10, 20, 20]


def test_a_value_that_postgresql_refuses_in_a_copy_is_an_error_of_django(planned: Session) -> None:
    row = CleanRow(99, 99, "nul \x00", "0" * 32, None, None, None, "", "", "", "", {})
    with pytest.raises(DataError):
        copy_comments(planned.pk, [row])


def test_a_chunk_given_back_for_no_fault_is_not_counted_as_tried(planned: Session) -> None:
    lease = claimed(planned)
    give_back(lease)
    assert Chunk.objects.get(pk=lease.chunk_id).attempts == 0
    again = claimed(planned)
    give_back(again, error="provider away", delay=60)
    assert Chunk.objects.get(pk=lease.chunk_id).attempts == 1
    assert claim(planned.pk, "two") is None, "it waits out its delay"


def test_a_worker_that_starts_frees_what_its_predecessor_in_the_slot_held(planned: Session) -> None:
    lease = claimed(planned, "host.1.dead")
    assert free_predecessor("host.2.") == 0
    assert free_predecessor("host.1.") == 1
    assert Chunk.objects.get(pk=lease.chunk_id).state == ChunkState.OPEN


def test_a_comment_that_kills_its_worker_is_set_aside_and_its_neighbours_are_labelled(
    make_session: Make, script_engine: Callable[..., object]
) -> None:
    class WorkerDied(BaseException):
        """What a kill -9 looks like from inside a test: nothing below catches it."""

    tries: list[str] = []

    def die(text: str) -> None:
        if "veneno" in text:
            tries.append(text)
            raise WorkerDied

    script_engine(die)
    texts = [f"comentario {n} lento" for n in range(120)]
    texts[40] = "veneno uno"
    texts[90] = "veneno dos"
    session = make_session(texts)
    verbs.start_import(session=session, actor=None)
    for _ in range(40):
        try:
            drain(session.pk, "victim", seconds=30)
        except WorkerDied:
            reopen_lost(Q(worker="victim"))
        session.refresh_from_db()
        if session.is_final:
            break

    assert session.state == SessionState.COMPLETED_WITH_ERRORS
    aside = Comment.objects.filter(session=session, status="failed")
    assert sorted(aside.values_list("text", "error")) == [("veneno dos", "worker_died"), ("veneno uno", "worker_died")]
    assert Comment.objects.filter(session=session, status="done").count() == 118
    assert AnalysisResult.objects.filter(session=session).count() == 118
    assert max(tries.count("veneno uno"), tries.count("veneno dos")) <= 5


def test_an_import_that_was_killed_goes_on_behind_the_rows_it_had_stored(
    make_session: Make, finish: Finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make_session([f"fila {n}" for n in range(2500)])
    verbs.start_import(session=session, actor=None)
    seen: list[int] = []

    class Killed(BaseException):
        """The process is gone."""

    def dying(session_id: uuid.UUID) -> bool:
        seen.append(Comment.objects.filter(session_id=session_id).count())
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("analysis.processing.importing.may_go_on", dying)
        with pytest.raises(Killed):
            drain(session.pk, "victim", seconds=5)
    reopen_lost(Q(worker="victim"))
    finish(session)

    assert seen == [1000]
    assert session.state == SessionState.COMPLETED
    assert session.rows_total == 2500
    assert Comment.objects.filter(session=session).count() == 2500
