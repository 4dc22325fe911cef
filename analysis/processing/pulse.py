"""What a worker's main thread tells its heartbeat, and what a signal tells the main thread."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Pulse:
    """Written by the working thread, read by the heartbeat's."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self.busy = False
        self.stopping = False
        self.chunks_done = 0

    def progress(self) -> None:
        """A batch was begun or stored."""
        self._last = time.monotonic()

    def chunk_done(self) -> None:
        """A chunk was ended, one way or another."""
        self.chunks_done += 1
        self.progress()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """A job is running: silence now means trouble."""
        self.progress()
        self.busy = True
        try:
            yield
        finally:
            self.busy = False

    @property
    def silence(self) -> float:
        """Seconds since the last progress."""
        return time.monotonic() - self._last


#: One a process: a worker works on one chunk at a time.
pulse = Pulse()
