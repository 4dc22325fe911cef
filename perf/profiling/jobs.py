"""Jobs can be recorded like requests, while a profiling session asks for their kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from perf.models import ProfilingScope
from perf.profiling import live, records
from perf.profiling.capture import captured
from perf.profiling.live import OpenSession


@contextmanager
def recorded_job(kind: str) -> Iterator[None]:
    """Around one job in the thread that works on it; its kind is a name written in the code."""
    session = _session_for(kind)
    if session is None:
        yield
        return
    found, has_failed = None, True
    try:
        with captured(with_python=session.with_python) as found:
            yield
        has_failed = False
    finally:
        if found is not None:
            records.keep(records.of_job(kind, found), records.outcome(has_failed=has_failed), found, session)


def _session_for(kind: str) -> OpenSession | None:
    for session in live.open_sessions():
        if session.scope == ProfilingScope.JOB and session.target in {"", kind}:
            return session
    return None
