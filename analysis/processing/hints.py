"""Hints on the queue: "this session, or this discovery, may have work".

A hint may be lost, doubled or late, and carries nothing but an id; what is to be done stands in PostgreSQL.
"""

from __future__ import annotations

import uuid
from collections import Counter
from functools import partial

import django_rq
import structlog
from django.conf import settings
from django.db import transaction
from redis.exceptions import RedisError
from rq import Queue

from analysis.models import Session
from perf.metrics import count
from perf.tracing.context import carried

QUEUES = ("high", "default", "low")
_KINDS = ("drain_", "discover_")
_JOB_TIMEOUT_SECONDS = 3600
_log = structlog.get_logger(__name__)


def hint(session: Session, number: int = 1) -> None:
    """Tell the workers when the transaction has committed; without Redis the sweep tells them later."""
    transaction.on_commit(partial(send_hints, session.pk, session.priority, number))


def hint_discovery(discovery_id: uuid.UUID, priority: str) -> None:
    """As ``hint``, of a discovery that waits."""
    transaction.on_commit(partial(send_discovery_hint, discovery_id, priority))


def send_hints(session_id: uuid.UUID, priority: str, number: int) -> int:
    """Put hints on the session's queue now; returns how many arrived, and never raises."""
    return _send("drain_session", "drain", session_id, priority, number)


def send_discovery_hint(discovery_id: uuid.UUID, priority: str) -> int:
    """The same for one discovery."""
    return _send("discover_in_session", "discover", discovery_id, priority, 1)


def _send(job: str, kind: str, key: uuid.UUID, priority: str, number: int) -> int:
    try:
        queue = django_rq.get_queue(priority)
        for _ in range(number):
            queue.enqueue_call(
                f"analysis.processing.jobs.{job}",
                args=(str(key),),
                job_id=f"{kind}_{key}_{uuid.uuid4().hex[:8]}",
                timeout=_JOB_TIMEOUT_SECONDS,
                result_ttl=0,
                failure_ttl=86_400,
                description=kind,
                meta=carried(),
            )
    except RedisError as error:
        count("hints_failed", number)
        _log.warning("hint_failed", kind=kind, key=str(key), error=type(error).__name__)
        return 0
    return number


def queued_hints() -> Counter[str]:
    """How many hints wait for each id; raises ``RedisError`` when the queue does not answer."""
    waiting: Counter[str] = Counter()
    for name in QUEUES:
        queue: Queue = django_rq.get_queue(name)
        waiting.update(job_id.split("_")[1] for job_id in queue.job_ids if job_id.startswith(_KINDS))
    return waiting


def send_training_hint(row_id: uuid.UUID) -> int:
    """Tell the workers of a training, on the queue of what may wait; 0 when that failed: the sweep tells them later."""
    try:
        django_rq.get_queue("low").enqueue_call(
            "analysis.processing.jobs.train_model",
            args=(str(row_id),),
            job_id=f"train_{row_id}_{uuid.uuid4().hex[:8]}",
            timeout=_JOB_TIMEOUT_SECONDS,
            result_ttl=0,
            failure_ttl=86_400,
            description="train",
            meta=carried(),
        )
    except RedisError as error:
        count("hints_failed")
        _log.warning("hint_failed", model=str(row_id), error=type(error).__name__)
        return 0
    return 1


def trainings_hinted() -> set[str]:
    """The ids of the trainings that a hint waits for; raises ``RedisError`` when the queue does not answer."""
    waiting = django_rq.get_queue("low").job_ids
    return {job_id.split("_")[1] for job_id in waiting if job_id.startswith("train_")}


def wanted_hints(open_chunks: int) -> int:
    """Hints worth having for so many open chunks: one a worker that could take one."""
    return max(0, min(open_chunks, settings.MAX_HINTS))
