"""The guard over a process's memory: it clears caches, collects, and asks for a new process before memory runs out.

Two limits are watched: what the machine or the control group has (``perf.resources.room``), and what one process may
take (``MEMORY_PROCESS_MB``). A process whose own share is small gains nothing by ending, so that with the machine full
only those are renewed that have grown since they began.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil
import structlog
from django.conf import settings

from perf.metrics import count
from perf.resources import droppers
from perf.resources.room import Room, room
from perf.resources.turns import Turn

#: A process that holds this many times what it held at its start gives memory back by ending.
GROWN = 1.5
#: Clearing caches again within this time would cost their use and gain nothing.
RELIEF_PAUSE_SECONDS = 60.0
_MEGABYTE = 1_000_000

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes that this process holds and held at its start, and what there is; ``allowance`` 0 sets it no limit."""

    process: int
    at_start: int
    allowance: int
    room: Room

    def is_too_much(self, threshold: float) -> bool:
        """Whether this process takes more than its allowance's share."""
        return bool(self.allowance) and self.process >= threshold * self.allowance

    def is_tight(self, threshold: float) -> bool:
        """Whether something has to go."""
        return self.is_too_much(threshold) or self.room.share >= threshold

    def would_gain(self, threshold: float) -> bool:
        """Whether a new process in the place of this one gives memory back."""
        return self.is_too_much(threshold) or (self.is_tight(threshold) and self.process >= GROWN * self.at_start)


class Guard(threading.Thread):
    """Looks every ``MEMORY_CHECK_SECONDS``; ``on_full`` is called once, and is to end the process when it can."""

    def __init__(self, kind: str, on_full: Callable[[], None], *, read_room: Callable[[], Room] = room) -> None:
        super().__init__(name="memory", daemon=True)
        self.stopped = threading.Event()
        self._kind, self._on_full, self._read_room = kind, on_full, read_room
        self._process = psutil.Process()
        self._at_start = self._process.memory_info().rss
        self._turn = Turn(settings.STATE_DIR / f"renewal-{kind}.lock", settings.MEMORY_RENEWAL_PAUSE_SECONDS)
        self._collected_at = self._relieved_at = time.monotonic() - RELIEF_PAUSE_SECONDS
        self._is_leaving = False

    def run(self) -> None:
        """Look until stopped."""
        while not self.stopped.wait(settings.MEMORY_CHECK_SECONDS):
            self.look()

    def look(self) -> Held:
        """Look once, do what is due, and return what was found at first."""
        now, found = time.monotonic(), self.held()
        if found.is_tight(settings.MEMORY_THRESHOLD):
            self._make_room(now, found)
        elif now - self._collected_at >= settings.MEMORY_COLLECT_SECONDS:
            self._collected_at = now
            gc.collect()
        return found

    def held(self) -> Held:
        """What is in use now."""
        rss = self._process.memory_info().rss
        return Held(rss, self._at_start, settings.MEMORY_PROCESS_MB * _MEGABYTE, self._read_room())

    def _make_room(self, now: float, found: Held) -> None:
        if now - self._relieved_at >= RELIEF_PAUSE_SECONDS:
            self._relieved_at = self._collected_at = now
            relieve()
            count("memory.relieved")
            _log.warning("memory_tight", kind=self._kind, process_mb=_megabytes(found.process), share=found.room.share)
            found = self.held()
        if found.would_gain(settings.MEMORY_THRESHOLD) and not self._is_leaving and self._turn.take():
            self._is_leaving = True
            count("memory.renewals")
            _log.warning("memory_renewal", kind=self._kind, process_mb=_megabytes(found.process))
            self._on_full()


def watch(kind: str, on_full: Callable[[], None]) -> Guard:
    """Start a guard over this process; of each ``kind`` one process at a time is renewed."""
    guard = Guard(kind, on_full)
    guard.start()
    return guard


def relieve() -> None:
    """Empty what was kept for speed alone, collect, and give free pages back to the system."""
    for drop in droppers():
        try:
            drop()
        except Exception:  # noqa: BLE001 -- whatever one cache does, the others are to be emptied
            _log.exception("cache_not_dropped")
    gc.collect()
    _trim()


def _trim() -> None:
    """glibc keeps freed pages for itself until it is asked; other libraries give them back unasked."""
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)


def _megabytes(size: int) -> int:
    return round(size / _MEGABYTE)
