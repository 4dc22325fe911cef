"""What a worker's main thread tells its heartbeat, what a signal tells the main thread, and a guard over it.

A worker without progress for STALL_SECONDS is beyond help: the guard writes where it hangs to the log and ends the
process; its supervisor starts another one. The guard needs neither the main thread nor Python's global lock, so
that it also ends a regular expression that never returns.
"""

from __future__ import annotations

import faulthandler
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings


class Pulse:
    """Written by the working thread, read by the heartbeat's."""

    def __init__(self) -> None:
        self.busy = False
        self.stopping = False
        #: A new process is to take over after the job in hand.
        self.leaving = False
        self.chunks_done = 0
        self.jobs_done = 0
        #: Token of the lease in hand, the only one that the heartbeat prolongs.
        self.lease: uuid.UUID | None = None

    def progress(self, patience: float = 0.0) -> None:
        """A batch was begun or stored; what follows may take ``patience`` seconds longer than usual."""
        if self.busy:
            faulthandler.dump_traceback_later(settings.STALL_SECONDS + patience, exit=True, file=sys.__stderr__ or 2)

    def chunk_done(self) -> None:
        """A chunk was ended, one way or another."""
        self.chunks_done += 1
        self.progress()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """A job is running: silence now means trouble."""
        self.busy = True
        self.progress()
        try:
            yield
        finally:
            self.busy = False
            self.jobs_done += 1
            faulthandler.cancel_dump_traceback_later()

    @contextmanager
    def holding(self, token: uuid.UUID) -> Iterator[None]:
        """The heartbeat prolongs this lease, and no longer than it is worked on."""
        self.lease = token
        try:
            yield
        finally:
            self.lease = None


#: One a process: a worker works on one chunk at a time.
pulse = Pulse()
