"""How far a session is, in the words of a page: phase, counts, rate, time left, sign of life."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Max, Q, Sum
from django.utils import timezone

from analysis.models import Chunk, ChunkKind, ChunkState, Session, SessionState, Worker
from analysis.processing.heartbeat import workers_alive

_WAITING_FOR_WORKERS = (
    SessionState.IMPORTING,
    SessionState.QUEUED,
    SessionState.RUNNING,
    SessionState.CANCELLING,
)


@dataclass(frozen=True, slots=True)
class Progress:
    """``total`` and ``done`` count rows while importing (total may be unknown), comments afterwards."""

    state: str
    phase: str
    total: int | None
    done: int
    failed: int
    percent: float | None
    rate_per_second: float | None
    eta_seconds: float | None
    heartbeat_age_seconds: float | None
    workers: int
    no_worker: bool
    chunks_open: int
    chunks_leased: int


def progress(*, session: Session) -> Progress:
    """Three small queries: the run's chunks, the workers, the last sign of life."""
    importing = session.state == SessionState.IMPORTING
    kind = ChunkKind.IMPORT if importing else ChunkKind.ANALYSE
    chunks = Chunk.objects.filter(session=session, run=session.run, kind=kind).aggregate(
        size=Sum("size", default=0),
        done=Sum("progress", default=0),
        failed=Sum("failed_count", default=0),
        open=Count("pk", filter=Q(state=ChunkState.OPEN)),
        leased=Count("pk", filter=Q(state=ChunkState.LEASED)),
    )
    total = session.rows_expected if importing else chunks["size"]
    alive = workers_alive()
    rate = _rate(session, chunks["done"])
    return Progress(
        state=session.state,
        phase=_phase(session),
        total=total,
        done=chunks["done"],
        failed=chunks["failed"],
        percent=min(100.0, 100.0 * chunks["done"] / total) if total else None,
        rate_per_second=rate,
        eta_seconds=max(0, total - chunks["done"]) / rate if rate and total and not session.is_final else None,
        heartbeat_age_seconds=_heartbeat_age(),
        workers=alive,
        no_worker=alive == 0 and session.state in _WAITING_FOR_WORKERS,
        chunks_open=chunks["open"],
        chunks_leased=chunks["leased"],
    )


def _phase(session: Session) -> str:
    if session.state == SessionState.IMPORTING:
        return "import"
    if session.state in (SessionState.UPLOADED, SessionState.MAPPING):
        return "setup"
    return "done" if session.is_final else "analysis"


def _rate(session: Session, done: int) -> float | None:
    """Comments or rows a second since the run's first chunk was claimed."""
    if session.started_at is None or not done:
        return None
    end = session.completed_at or timezone.now()
    return done / max(0.001, (end - session.started_at).total_seconds())


def _heartbeat_age() -> float | None:
    latest = Worker.objects.aggregate(latest=Max("heartbeat_at"))["latest"]
    return max(0.0, (timezone.now() - latest).total_seconds()) if latest else None
