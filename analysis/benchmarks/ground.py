"""A team of the benchmarks' own, empty before and gone afterwards, also after one that was broken off."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, transaction

from analysis.benchmarks.files import write_csv
from analysis.intake import store
from analysis.intake.uploads import create_session
from analysis.models import Session, StoredFile, Team
from analysis.processing import verbs
from analysis.processing.inline import work_until_done

_NAME = "Benchmark"


@contextmanager
def ground(rows: int) -> Iterator[tuple[Team, Path]]:
    """The team, and a csv file of so many lifelike rows."""
    _clear()
    team = Team.objects.create(name=_NAME)
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "comments.csv"
            write_csv(path, rows)
            yield team, path
    finally:
        _clear()


def labelled_session(team: Team, path: Path) -> Session:
    """The file as a session with its results, made in this process; the planner knows its tables."""
    with path.open("rb") as upload:
        session = create_session(team=team, user=None, name="benchmark", upload=upload, filename=path.name)
    verbs.start_import(session=session, actor=None)
    session = work_until_done(session)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE comments, analysis_results")
    return session


def _clear() -> None:
    for session in Session.objects.filter(team__name=_NAME):
        with transaction.atomic():
            store.erase(session)
            session.delete()
    for file in StoredFile.objects.filter(team__name=_NAME):
        file.path.unlink(missing_ok=True)
    Team.objects.filter(name=_NAME).delete()
