"""Small tasks that fall due every so many seconds, run by whoever calls :func:`run_due` in a loop (the sweeper).

When a task last ran is kept in memory: after a restart every task is due at once, so each must be cheap and
harmless to repeat.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Task:
    run: Callable[[], object]
    seconds: float
    due_at: float


_tasks: dict[str, _Task] = {}


def register(name: str, seconds: float, run: Callable[[], object]) -> None:
    """Have ``run`` called every ``seconds``; the same name again replaces it."""
    _tasks[name] = _Task(run, seconds, due_at=0.0)


def run_due(now: float | None = None) -> list[str]:
    """Run what is due at ``now`` (seconds of ``time.monotonic``); returns the names of what ran.

    A task that fails is logged and comes again when it is due next; it stops neither the others nor the caller.
    """
    now = time.monotonic() if now is None else now
    ran = []
    for name, task in _tasks.items():
        if task.due_at <= now:
            task.due_at = now + task.seconds
            try:
                task.run()
            except Exception:  # noqa: BLE001 -- whatever it was, the sweeper must live
                _log.exception("periodic_task_failed", task=name)
            else:
                ran.append(name)
    return ran
