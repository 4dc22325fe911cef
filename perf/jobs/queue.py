"""Puts work of the instruments on the queue of what may wait. A hint carries ids only, and may be lost or doubled."""

from __future__ import annotations

import uuid

import django_rq
import structlog
from redis.exceptions import RedisError

_QUEUE = "low"
_TIMEOUT_SECONDS = 3600
_log = structlog.get_logger(__name__)


def send(function: str, kind: str, *arguments: str) -> bool:
    """Have a worker call ``perf.jobs.<function>``, unless the same waits already; False when Redis does not answer."""
    prefix = "_".join((kind, *arguments)) + "_"
    try:
        queue = django_rq.get_queue(_QUEUE)
        if any(job_id.startswith(prefix) for job_id in queue.job_ids):
            return True
        queue.enqueue_call(
            f"perf.jobs.{function}",
            args=arguments,
            job_id=prefix + uuid.uuid4().hex[:8],
            timeout=_TIMEOUT_SECONDS,
            result_ttl=0,
            failure_ttl=86_400,
            description=kind,
        )
    except RedisError as error:
        _log.warning("hint_failed", kind=kind, error=type(error).__name__)
        return False
    return True
