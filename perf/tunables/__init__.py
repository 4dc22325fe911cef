"""Knobs: declared in code, their values rows that people and the tuner turn, read by running processes.

:func:`value` never waits: it returns what this process last saw.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import structlog
from django.db import Error, close_old_connections
from django.utils.functional import Promise

SEEN_SECONDS = 2.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Knob:
    """A declared knob: its bounds, its step and the value it has until somebody turns it."""

    name: str
    label: str | Promise
    explanation: str | Promise
    unit: str
    default: float
    low: float
    high: float
    step: float


_knobs: dict[str, Knob] = {}


def declare(knob: Knob) -> Knob:
    """Make a knob known; called where apps get ready."""
    _knobs[knob.name] = knob
    return knob


def declared() -> list[Knob]:
    """All of them, by name."""
    return [_knobs[name] for name in sorted(_knobs)]


class _Seen:
    """What this process knows of the rows; looked at by a thread of its own, whoever asks does not wait."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self._at = 0.0
        self._lock = threading.Lock()

    def refresh(self) -> None:
        """Look, now."""
        from perf.models import Tunable

        close_old_connections()
        try:
            self.values = dict(Tunable.objects.values_list("name", "value"))
        except Error as error:
            _log.debug("tunables_unseen", error=type(error).__name__)
        finally:
            close_old_connections()

    def look_soon(self) -> None:
        """Have another thread look, at most once in ``SEEN_SECONDS``."""
        now = time.monotonic()
        with self._lock:
            if now - self._at < SEEN_SECONDS:
                return
            self._at = now
        threading.Thread(target=self.refresh, name="tunables", daemon=True).start()


_seen = _Seen()


def value(name: str) -> float:
    """The value in force; the declared one until the rows were seen."""
    _seen.look_soon()
    knob = _knobs[name]
    return _seen.values.get(name, knob.default)
