"""Every few seconds: free the leases of dead workers, hint again, end what is done, clear what is old.

Only one process sweeps at a time (an advisory lock), every statement may run twice without harm, and none waits for
somebody else's lock: whoever was frozen while holding one must not stop the sweep.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Now
from redis.exceptions import RedisError

from analysis.models import (
    ACTIVE_STATES,
    ChunkState,
    Discovery,
    DiscoveryState,
    IdempotencyKey,
    RateWindow,
    Session,
    SessionState,
)
from analysis.processing.claim import end_frozen_writes, reopen_lost
from analysis.processing.complete import complete
from analysis.processing.discovering import free_lost
from analysis.processing.heartbeat import forget_old
from analysis.processing.held import ask_again, let_go
from analysis.processing.hints import queued_hints, send_discovery_hint, send_hints, wanted_hints
from analysis.processing.training import sweep_trainings
from analysis.routing.ledger import assume_lost
from analysis.routing.taxonomy import announce
from perf.metrics import count

_LOCK = 7_283_415_001
_IDEMPOTENCY_HOURS = 24
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    reopened: int = 0
    ended: int = 0
    hinted: int = 0


def sweep() -> Swept | None:
    """One round; None when another process is sweeping."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return None
        frozen = end_frozen_writes()
        reopened = len(reopen_lost(Q(lease_until__lt=Now()))) + free_lost()
    if reopened or frozen:
        count("leases_lost", reopened)
        _log.warning("leases_lost", number=reopened, frozen_writes=frozen)
    announce()
    _sweep_trainings()
    let_go()
    ask_again()
    ended = sum(_complete(pk) for pk in _active().values_list("pk", flat=True))
    return Swept(reopened, ended, _hint_again())


def tidy() -> None:
    """Clear what has had its time: replays of requests, windows of rate limits, workers long gone."""
    IdempotencyKey.objects.filter(created_at__lt=Now() - timedelta(hours=_IDEMPOTENCY_HOURS)).delete()
    RateWindow.objects.filter(ends_at__lt=Now()).delete()
    assume_lost()
    forget_old()


def _sweep_trainings() -> None:
    try:
        sweep_trainings()
    except RedisError as error:
        _log.warning("queue_unavailable", error=type(error).__name__)


def _complete(session_id: uuid.UUID) -> bool:
    """End the session if that is due, unless somebody holds its row: there is another round soon."""
    with transaction.atomic():
        free = Session.objects.filter(pk=session_id).select_for_update(skip_locked=True, no_key=True)
        return bool(free.order_by().values_list("pk")) and complete(session_id)


def _active() -> QuerySet[Session]:
    return Session.objects.filter(state__in=ACTIVE_STATES)


def _hint_again() -> int:
    """Sessions with open chunks, and open discoveries, with too few hints on the queue get the missing ones."""
    ready = Q(chunks__not_before=None) | Q(chunks__not_before__lte=Now())
    claimable = _active().exclude(state=SessionState.CANCELLING).filter(
        ready, chunks__state=ChunkState.OPEN, chunks__run=F("run")
    )  # fmt: skip
    waiting = claimable.annotate(open_chunks=Count("chunks")).values_list("pk", "priority", "open_chunks")
    try:
        queued = queued_hints()
    except RedisError as error:
        _log.warning("queue_unavailable", error=type(error).__name__)
        return 0
    sent = sum(
        send_hints(pk, priority, missing)
        for pk, priority, chunks in waiting
        if (missing := wanted_hints(chunks) - queued[str(pk)]) > 0
    )
    asked = Discovery.objects.filter(state=DiscoveryState.OPEN).order_by().values_list("pk", "session__priority")
    return sent + sum(send_discovery_hint(pk, priority) for pk, priority in asked if not queued[str(pk)])
