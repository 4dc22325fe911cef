"""An import chunk: a file is read by a child process and stored batch by batch, exactly once.

The position in the file is kept in the transaction that stores the rows, so a killed import goes on where the last
one that was committed ended.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from analysis.intake import store
from analysis.intake.errors import IntakeError
from analysis.intake.limits import CHILD_SILENCE_SECONDS
from analysis.intake.parse import for_mended, inspect, read_rows, settle
from analysis.intake.types import ReadOptions
from analysis.intake.uploads import options_to_dict, read_options
from analysis.models import ChunkState, Session, SessionState, StoredFile
from analysis.processing.claim import Lease, advance, finish, give_back, hold, may_go_on, stop
from analysis.processing.complete import begin_run, complete
from analysis.processing.hints import hint, wanted_hints
from analysis.processing.pulse import pulse
from perf.metrics import track, track_each

#: What is said of a child that was killed, perhaps for a need of memory that passes: the file is read again.
_KILLED, _READINGS = "out_of_memory", 3


def run_import(lease: Lease) -> None:
    """Store the file's rows, fold the repeats, check the counts, plan the analysis."""
    session = Session.objects.select_related("file").get(pk=lease.session_id)
    file = StoredFile.objects.filter(pk=lease.file_id).first() if lease.file_id else None
    try:
        if file is None:
            raise IntakeError("file_missing")
        if _store_rows(lease, session, file):
            _end(lease, session)
    except IntakeError as error:
        if error.code == _KILLED and lease.attempts < _READINGS:
            give_back(lease, error=str(error), delay=lease.attempts - 1)
        else:
            give_up(lease, error.code, store.error_detail(error))


def _store_rows(lease: Lease, session: Session, file: StoredFile) -> bool:
    """Store batch after batch; False when the session was paused or cancelled on the way."""
    mended = file.pk != session.file_id
    pulse.progress(CHILD_SILENCE_SECONDS)
    options = for_mended(read_options(session)) if mended else _settled(session, file)
    key = settings.PSEUDONYM_KEY.encode()[:64]
    store_batch = store.store_mended if mended else store.store_batch
    batches = read_rows(
        file.path, file.original_name, options, skip_rows=lease.progress, pseudonym_key=key
    )  # fmt: skip
    pulse.progress(CHILD_SILENCE_SECONDS)
    for batch in track_each("intake.parse", batches):
        with track("intake.store"), transaction.atomic():
            hold(lease)
            store_batch(session.pk, batch)
            advance(lease, to=batch.rows_read)
        pulse.progress(CHILD_SILENCE_SECONDS)
        if pulse.stopping or not may_go_on(session.pk):
            stop(lease)
            return False
    return True


def _settled(session: Session, file: StoredFile) -> ReadOptions:
    """The options with all that was detected written down, so that going on later reads the file the same way."""
    if session.rows_expected is not None:
        return read_options(session)
    chosen = read_options(session)
    with track("intake.inspect"):
        inspection = inspect(file.path, file.original_name, chosen)
    options = settle(inspection, chosen)
    session.read_options, session.rows_expected = options_to_dict(options), inspection.rows_estimate
    session.source_columns = [column.name for column in inspection.columns]
    session.save(update_fields=["read_options", "rows_expected", "source_columns"])
    return options


def _end(lease: Lease, session: Session) -> None:
    with track("intake.fold"), transaction.atomic():
        hold(lease)
        locked = Session.objects.select_for_update().get(pk=session.pk)
        store.fold_duplicates(session.pk)
        store.check_counts(session.pk)
        locked.imported_at = Now()
        locked.save(update_fields=["imported_at"])
        finish(lease)
        chunks = begin_run(locked)
        # This worker goes on with one of them; the others are for whoever is free.
        hint(locked, wanted_hints(chunks - 1))


def give_up(lease: Lease, code: str, detail: str) -> None:
    """End an import that cannot succeed: somebody names the columns first, or the session has failed.

    A mended file that cannot be read fails by itself: the session had ended before, and stays as it was.
    """
    with transaction.atomic():
        hold(lease)
        finish(lease, ChunkState.FAILED, detail)
        session = Session.objects.select_for_update().get(pk=lease.session_id)
        session.failure_code, session.failure_detail = code, detail[:2000]
        session.state = _state_after_failure(session, lease, code)
        session.rows_expected = None
        session.save(update_fields=["failure_code", "failure_detail", "state", "rows_expected", "completed_at"])
    complete(lease.session_id)


def _state_after_failure(session: Session, lease: Lease, code: str) -> str:
    if lease.file_id != session.file_id:
        return SessionState.RUNNING
    if code == "no_comment_column":
        return SessionState.MAPPING
    session.completed_at = timezone.now()
    return SessionState.FAILED
