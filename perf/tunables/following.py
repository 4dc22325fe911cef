"""How a process follows the rows: one thread looks every second, whoever asks for a value does not wait.

PostgreSQL alone is asked, so that knobs work while Redis is away; while PostgreSQL is away the last values stay.
``TUNABLES_SEEN_SECONDS`` 0 switches the thread off: then nothing is seen but by :func:`look`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import Error, close_old_connections, connection
from django.db.models import Q

from perf.resources.connections import give_back
from perf.tunables import sightings
from perf.tunables.knobs import clamped, declared, find

_log = structlog.get_logger(__name__)


class Follower:
    """What this process knows of the rows: the values of those that are in force, by name.

    In force is what somebody has turned, or the tuner may. Every other knob is at the default that this process has,
    perhaps from its environment, whatever stood in the environment when the row was made.
    """

    def __init__(self) -> None:
        self.rows: dict[str, float] = {}
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Have the thread look from now on; a process that was forked starts its own."""
        if self._thread is not None or settings.TUNABLES_SEEN_SECONDS <= 0:
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="tunables", daemon=True)
                self._thread.start()

    def look(self) -> None:
        """Look now; a database that does not answer leaves everything as it was."""
        from perf.models import Tunable, TuningMode

        in_force = Tunable.objects.filter(Q(is_set=True) | Q(mode=TuningMode.AUTO))
        self.rows = dict(in_force.values_list("name", "value"))

    def _run(self) -> None:
        waiting = threading.Event()
        while True:
            self._round()
            waiting.wait(settings.TUNABLES_SEEN_SECONDS)

    def _round(self) -> None:
        try:
            close_old_connections()
            self.look()
            sightings.tell({knob.name: value(knob.name) for knob in declared()})
            for listener in _listeners:
                listener()
        except Error as error:
            _log.debug("tunables_unseen", error=type(error).__name__)
            connection.close()
        except Exception:  # noqa: BLE001 -- a listener that fails must not stop the others' values
            _log.exception("tunables_listener_failed")
        give_back()


_follower = Follower()
_listeners: list[Callable[[], object]] = []


def follow() -> None:
    """Follow the rows from now on, also while nobody asks for a value: what listens is told."""
    _follower.start()


def look() -> None:
    """Look in the caller's thread, now, and tell those who listen. Raises ``django.db.Error``."""
    _follower.look()
    for listener in _listeners:
        listener()


def on_look(listener: Callable[[], object]) -> None:
    """Call this after every look, in the thread that looked; for what has to be pushed, such as the size of a pool."""
    if listener not in _listeners:
        _listeners.append(listener)


def value(name: str) -> float:
    """The value in force, else the declared one. Never beyond the declared bounds."""
    _follower.start()
    knob = find(name)
    if knob is None:
        raise LookupError(f"No knob {name!r} is declared.")
    return clamped(_follower.rows.get(name, knob.default), knob.low, knob.high)


def is_in_force(name: str) -> bool:
    """Whether somebody has turned the knob, or the tuner may: then no other rule has a say in what it sets."""
    _follower.start()
    return name in _follower.rows


def _forget() -> None:
    """In a forked child: the thread, and perhaps a locked lock, are the parent's."""
    global _follower
    rows, _follower = _follower.rows, Follower()
    _follower.rows = rows


os.register_at_fork(after_in_child=_forget)
