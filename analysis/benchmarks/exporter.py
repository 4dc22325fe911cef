"""One export that is thrown away, in a process of its own, so that the memory it takes is the export's alone."""

from __future__ import annotations

import subprocess
import sys

import psutil
from django.conf import settings

from analysis.benchmarks.processes import peak_mb
from analysis.exports.files import Export, stream
from analysis.insights.filters import CommentFilter
from analysis.models import Session

_CALL = "from analysis.benchmarks.exporter import make_one; make_one({session!r}, {format!r})"


def peak_of(session: Session, wanted: str) -> float:
    """The most memory, in MB, of a new process that exports the session."""
    call = _CALL.format(session=str(session.pk), format=wanted)
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "shell", "--no-imports", "--command", call]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    return float(done.stdout.split()[-1])


def make_one(session_id: str, wanted: str) -> None:
    """Export, and print the most memory that this process held, in MB."""
    sessions = Session.objects.filter(pk=session_id)
    for _block in stream(Export(CommentFilter(session=sessions.get().pk), sessions, wanted)):
        pass
    sys.stdout.write(f"{peak_mb(psutil.Process()):.2f}\n")
