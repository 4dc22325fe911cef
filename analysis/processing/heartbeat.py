"""Workers' signs of life, and the question whether anybody works."""

from __future__ import annotations

import os
from datetime import timedelta

import psutil
from django.conf import settings
from django.db.models.functions import Now

from analysis.models import Worker


def workers_alive() -> int:
    """How many workers gave a sign of life within ``WORKER_GONE_SECONDS``, by the database's clock."""
    return Worker.objects.filter(heartbeat_at__gte=Now() - timedelta(seconds=settings.WORKER_GONE_SECONDS)).count()


def beat(name: str, slot: str, queues: str, chunks_done: int) -> None:
    """Say that this worker lives; the first call makes its row."""
    rss = psutil.Process().memory_info().rss / 1e6
    seen = Worker.objects.filter(name=name).update(heartbeat_at=Now(), rss_mb=rss, chunks_done=chunks_done)
    if not seen:
        Worker.objects.create(
            name=name,
            slot=slot,
            pid=os.getpid(),
            queues=queues,
            started_at=Now(),
            heartbeat_at=Now(),
            rss_mb=rss,
        )


def forget(prefix: str) -> int:
    """Delete the rows of the workers whose names begin so; returns how many."""
    return Worker.objects.filter(name__startswith=prefix).delete()[0]


def forget_old(hours: int = 24) -> int:
    """Delete the rows of workers not seen for ``hours``; returns how many."""
    return Worker.objects.filter(heartbeat_at__lt=Now() - timedelta(hours=hours)).delete()[0]
