"""Work on one session in this very process, beside whatever workers there are: for commands and benchmarks."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from analysis.models import FINAL_STATES, Session, SessionState
from analysis.processing.drain import drain
from analysis.processing.progress import Progress, progress
from analysis.processing.pulse import pulse
from analysis.processing.sweep import sweep
from analysis.processing.worker import Heart

_TURN_SECONDS = 1.0
_POLL_SECONDS = 0.1
_STOPPED = (*FINAL_STATES, SessionState.PAUSED, SessionState.MAPPING)


def work_until_done(session: Session, on_progress: Callable[[Progress], None] | None = None) -> Session:
    """Drain the session until it has ended, was paused, or asks for its columns; returns it as it is then."""
    with _heartbeat() as worker, pulse.at_work():
        while True:
            drain(session.pk, worker, seconds=_TURN_SECONDS)
            session.refresh_from_db()
            if on_progress is not None:
                on_progress(progress(session=session))
            if session.state in _STOPPED:
                return session
            # Somebody else holds the last chunks, or one of them waits for its next try.
            pulse.progress()
            sweep()
            time.sleep(_POLL_SECONDS)


@contextmanager
def _heartbeat() -> Iterator[str]:
    name = f"command.{uuid.uuid4().hex[:12]}"
    heart = Heart(name, "command", "")
    heart.start()
    try:
        yield name
    finally:
        heart.stopped.set()
        heart.join(timeout=2)
