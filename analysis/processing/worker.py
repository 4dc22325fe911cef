"""The worker process: RQ's loop without forks and without pickle, a heartbeat, and a clean way out.

``rqworker`` of django-rq falls back to pickle and cleans up only every ten minutes; this one speaks JSON only. It
does not fork: a job is a few chunks, and a process that dies takes nothing along that the lease does not cover.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Sequence
from types import FrameType

import django_rq
import structlog
from django.conf import settings
from django.db import Error, close_old_connections, connection
from django.db.models import Q
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

from analysis.models import Session
from analysis.processing.around import WatchedJob
from analysis.processing.claim import renew, reopen_lost
from analysis.processing.heartbeat import beat, forget
from analysis.processing.hints import QUEUES, send_hints
from analysis.processing.pulse import pulse
from perf.resources import memory

_RECONNECT_SECONDS = 1.0
_WORKER_TTL_SECONDS = 30
_MAINTENANCE_SECONDS = 60
_log = structlog.get_logger(__name__)


class LeaseWorker(SimpleWorker):
    """RQ's non-forking worker, tuned: short blocking pops, quick reconnects, database connections checked."""

    job_class = WatchedJob
    max_connection_wait_time = 2.0
    log_job_description = False

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run one job between two checks of the database connection."""
        close_old_connections()
        with pulse.at_work():
            super().execute_job(job, queue)
        close_old_connections()
        if pulse.leaving:
            self._stop_requested = True

    def register_birth(self) -> None:
        """The name is this process's own: what Redis still knows of it is from before a connection was lost."""
        self.connection.delete(self.key)
        super().register_birth()  # type: ignore[no-untyped-call]

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """First signal: hand the chunk back after the batch in hand, then leave. A second one ends the process.

        RQ's own handler asks Redis in between, and raises out of the batch in hand when that is away.
        """
        pulse.stopping = self._stop_requested = True
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        if not pulse.busy:
            raise StopRequested


class Heart(threading.Thread):
    """Renews the lease in hand and the worker's row in ``workers`` from a connection of its own."""

    def __init__(self, name: str, slot: str, queues: str) -> None:
        super().__init__(name="heart", daemon=True)
        self.worker_name, self.slot, self.queue_names = name, slot, queues
        self.stopped = threading.Event()

    def run(self) -> None:
        """Beat until stopped; a database that is away is tried again at the next beat."""
        while True:
            self._beat()
            if self.stopped.wait(settings.HEARTBEAT_SECONDS):
                break
        self._sign_off()
        connection.close()

    def _sign_off(self) -> None:
        """A worker that leaves in peace takes its row along; what is left behind had no peace."""
        with contextlib.suppress(Error):
            forget(self.worker_name)

    def _beat(self) -> None:
        try:
            beat(self.worker_name, self.slot, self.queue_names, pulse.chunks_done)
            if pulse.lease is not None:
                renew(pulse.lease)
        except Error as error:
            _log.warning("heartbeat_failed", error=type(error).__name__)
            connection.close()


def leave_soon() -> None:
    """End after the job in hand, without one at once; whoever keeps this worker running starts a new process.

    One that has done nothing yet takes a job first: where the limit is too low to begin with, work still goes on.
    """
    pulse.leaving = True
    if pulse.jobs_done and not pulse.busy:
        os.kill(os.getpid(), signal.SIGTERM)


def run_worker(*, slot: str, queues: Sequence[str] = QUEUES, burst: bool = False) -> None:
    """Work until SIGTERM (or, in burst mode, until the queues are empty), through any loss of Redis."""
    prefix = f"{socket.gethostname()}.{slot}."
    free_predecessor(prefix)
    name = prefix + uuid.uuid4().hex[:8]
    heart = Heart(name, slot, ",".join(queues))
    heart.start()
    guard = memory.watch("worker", leave_soon)
    try:
        while not (_work(name, queues, burst=burst) or pulse.stopping or pulse.leaving):
            time.sleep(_RECONNECT_SECONDS)
    except StopRequested:
        _log.info("stopped_while_reconnecting")
    finally:
        guard.stopped.set()
        heart.stopped.set()
        heart.join(timeout=2)


def free_predecessor(prefix: str) -> int:
    """A worker starts in a slot only when the one before it is dead: its leases are free at once, and hinted anew."""
    try:
        forget(prefix)
        freed = reopen_lost(Q(worker__startswith=prefix), wait=True)
        for session in Session.objects.filter(pk__in=freed):
            send_hints(session.pk, session.priority, freed.count(session.pk))
    except Error as error:
        _log.warning("predecessor_not_freed", error=type(error).__name__)
        connection.close()
        return 0
    return len(freed)


def _work(name: str, queues: Sequence[str], *, burst: bool) -> bool:
    """One life of RQ's loop; True when it ended because there was nothing more to do."""
    try:
        worker = LeaseWorker(
            [django_rq.get_queue(queue) for queue in queues],
            name=name,
            connection=django_rq.get_connection(queues[0]),
            serializer=JSONSerializer,
            worker_ttl=_WORKER_TTL_SECONDS,
            maintenance_interval=_MAINTENANCE_SECONDS,
        )
        worker.work(burst=burst, logging_level="WARNING")
    except RedisError as error:
        _log.warning("queue_lost", error=type(error).__name__)
        return False
    return burst
