"""A job is clocked, works and logs for the request that asked for it, and leaves one line in the log."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from time import perf_counter

import structlog
from rq import get_current_job

from perf.metrics import observe
from perf.tracing.context import resumed, within

_log = structlog.get_logger(__name__)
Run = Callable[[str], None]


def told(kind: str) -> Callable[[Run], Run]:
    """Clock the job as ``job.<kind>``, under the ids that its hint carried; the ids of what it works on are its own."""

    def tell(run: Run) -> Run:
        @wraps(run)
        def job(key: str) -> None:
            hint = get_current_job()
            with within(resumed(hint.meta if hint else {})):
                _run(kind, run, key)

        return job

    return tell


def _run(kind: str, run: Run, key: str) -> None:
    started, failed = perf_counter(), True
    try:
        run(key)
        failed = False
    finally:
        seconds = perf_counter() - started
        observe(f"job.{kind}", seconds, failed=failed)
        _log.info("job", kind=kind, key=key, failed=failed, ms=round(seconds * 1000, 1))
