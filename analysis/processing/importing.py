"""An import chunk: a file is read by a child process and stored batch by batch, exactly once.

The position in the file is kept in the transaction that stores the rows, so a killed import goes on where the last
one that was committed ended.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from analysis.intake import store
from analysis.intake.errors import IntakeError
from analysis.intake.parse import read_rows
from analysis.intake.uploads import read_options
from analysis.models import ChunkState, Session, StoredFile
from analysis.processing.claim import Lease, advance, finish, hold, may_go_on, stop
from analysis.processing.complete import begin_run, fail
from analysis.processing.pulse import pulse


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
        finish(lease, ChunkState.FAILED, str(error))
        fail(session.pk, error.code, store.error_detail(error))


def _store_rows(lease: Lease, session: Session, file: StoredFile) -> bool:
    """Store batch after batch; False when the session was paused or cancelled on the way."""
    mended = file.pk != session.file_id
    options = None if mended else read_options(session)
    for batch in read_rows(file.path, file.original_name, options, skip_rows=lease.progress):
        pulse.progress()
        with transaction.atomic():
            hold(lease)
            store_batch = store.store_mended if mended else store.store_batch
            store_batch(session.pk, batch)
            advance(lease, to=batch.rows_read)
        if pulse.stopping or not may_go_on(session.pk):
            stop(lease)
            return False
    return True


def _end(lease: Lease, session: Session) -> None:
    with transaction.atomic():
        hold(lease)
        locked = Session.objects.select_for_update().get(pk=session.pk)
        store.fold_duplicates(locked)
        store.check_counts(locked)
        locked.imported_at = Now()
        locked.save(update_fields=["imported_at"])
        finish(lease)
        begin_run(locked)
