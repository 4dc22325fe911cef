"""Silk records a share of the requests, or what a profiling session asks for, within a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from perf.models import ProfilingSession
from perf.profiling import live, recording, sessions
from tests import factories


@contextmanager
def sampled(percent: float) -> Iterator[None]:
    """As if somebody had turned the knob and this process had seen it."""
    with patch.object(recording, "share", lambda: percent):
        yield


@contextmanager
def profiling(minutes: int = 10, **fields: Any) -> Iterator[ProfilingSession]:
    """A session that a superuser started and that this process knows of, and it alone."""
    root = factories.make_user(None, superuser=True)
    session = sessions.start(session=ProfilingSession(**fields), minutes=minutes, actor=root)
    with patch.object(live, "SEEN_SECONDS", 3600.0):
        live.look()
        try:
            yield session
        finally:
            live.forget()
