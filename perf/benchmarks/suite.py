"""Many benchmarks in a row: one that fails stops no other, and what there is no time for is named."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from django.db import connection

from perf.benchmarks.references import Reference
from perf.benchmarks.registry import Benchmark, BenchmarkRefusedError, Options
from perf.benchmarks.runner import Tell, missed, run, worse
from perf.models import BenchmarkRun

#: No benchmark begins while less of the time is left.
_LEAST_SECONDS = 5.0
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Outcome:
    """What came of a suite: runs, benchmarks without one by the reason, and those there was no time for."""

    runs: list[BenchmarkRun] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def missed(self) -> list[str]:
        """What was wanted and not reached."""
        return [f"{each.name}: {what}" for each in self.runs for what in missed(each)]

    @property
    def worse(self) -> list[str]:
        """Benchmarks with a figure that got worse beyond the noise."""
        return [each.name for each in self.runs if worse(each)]


def run_all(
    benchmarks: Sequence[Benchmark],
    options: Options,
    *,
    repeats: int | None = None,
    within: float | None = None,
    against: Callable[[str], Reference | None] = lambda _name: None,
    tell: Tell = lambda _: None,
    done: Callable[[BenchmarkRun], None] = lambda _: None,
) -> Outcome:
    """Run them one after the other, in ``within`` seconds if that is given.

    Each gets an equal part of the time that is left, so that one without a small size of its own stops after its first
    measurements and leaves room for the others.
    """
    _stop_in_order()
    outcome, started = Outcome(), time.monotonic()
    end = started + within if within else None
    for place, each in enumerate(benchmarks):
        if end is not None and end - time.monotonic() < _LEAST_SECONDS:
            outcome.left_out.append(each.name)
            continue
        deadline = _deadline(end, len(benchmarks) - place)
        try:
            finished = run(
                each, options, repeats=repeats, against=against(each.name), deadline=deadline, tell=tell
            )  # fmt: skip
        except BenchmarkRefusedError as error:
            outcome.failed[each.name] = str(error)
        except Exception as error:  # noqa: BLE001 -- whatever it was, the others are measured
            _log.exception("benchmark_failed", benchmark=each.name)
            outcome.failed[each.name] = f"{type(error).__name__}: {error}"
            if not connection.in_atomic_block:
                connection.close()  # whatever state it was left in, the next one begins with a good one
        else:
            outcome.runs.append(finished)
            done(finished)
    outcome.seconds = time.monotonic() - started
    return outcome


def _stop_in_order() -> None:
    """Who ends this process ends what it started, too: benchmarks clean up behind themselves."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))


def _deadline(end: float | None, left: int) -> float | None:
    now = time.monotonic()
    return None if end is None else now + (end - now) / left
