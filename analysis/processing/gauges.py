"""What waits for the workers, as the instruments see it."""

from __future__ import annotations

from datetime import UTC, datetime

import django_rq
from rq import Queue

from analysis.models import Chunk, ChunkState
from analysis.processing.heartbeat import workers_alive
from analysis.processing.hints import QUEUES


def queues() -> dict[str, float]:
    """Hints on each queue, seconds that the oldest waits, chunks open and in hand, workers alive; ``RedisError``."""
    shown: dict[str, float] = {"queue.wait_seconds": 0.0}
    for name in QUEUES:
        queue = django_rq.get_queue(name)
        shown[f"queue.{name}"] = queue.count
        shown["queue.wait_seconds"] = max(shown["queue.wait_seconds"], _oldest(queue))
    for state in (ChunkState.OPEN, ChunkState.LEASED):
        shown[f"chunks.{state}"] = Chunk.objects.filter(state=state).count()
    return shown | {"workers.alive": workers_alive()}


def _oldest(queue: Queue) -> float:
    jobs = queue.get_jobs(offset=0, length=1)
    since = jobs[0].enqueued_at if jobs else None
    return (datetime.now(UTC) - since).total_seconds() if since else 0.0
