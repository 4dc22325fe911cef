"""How fast the embedded engine labels on one core, many texts at once and one by one, and how long it takes to load."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles

from django.conf import settings

from analysis.benchmarks.files import distinct_texts
from analysis.engines.base import Item
from analysis.engines.embedded.engine import EmbeddedEngine
from analysis.engines.embedded.model import BUILT_IN
from perf.benchmarks.registry import Better, Figure, Figures, Measure, Options, benchmark, milliseconds, rate

_TEXTS, _SINGLES = 5_000, 500
_LOAD = """
import time
started = time.perf_counter()
from analysis.engines.embedded.engine import EmbeddedEngine
EmbeddedEngine()
print(time.perf_counter() - started)
"""


@benchmark(
    "engine", "the embedded engine alone: batches, single texts, loading", repeats=5, quick_rows=1_000, quick_repeats=3
)
@contextmanager
def engine(options: Options) -> Iterator[Measure]:
    """Yield the measurement of ``options.rows`` distinct texts."""
    items = [Item(str(place), text) for place, text in enumerate(distinct_texts(options.rows or _TEXTS))]
    warm = EmbeddedEngine()
    size = sum(path.stat().st_size for path in BUILT_IN.iterdir())

    def measure() -> Figures:
        started = time.process_time()
        warm.label(items)
        batch = time.process_time() - started
        singles = [_seconds_for(warm, item) for item in items[:_SINGLES]]
        return {
            "batch": rate(len(items), batch, "texts per CPU second"),
            "single, median": milliseconds(median(singles)),
            "single, p95": milliseconds(quantiles(singles, n=20)[-1]),
            "load, imports included": milliseconds(_load()),
            "weights": Figure(size / 1_000_000, "MB", Better.LOWER),
        }

    yield measure


def _seconds_for(engine: EmbeddedEngine, item: Item) -> float:
    started = time.perf_counter()
    engine.label([item])
    return time.perf_counter() - started


def _load() -> float:
    """Seconds that a new process needs until it can label."""
    command = [sys.executable, "-c", _LOAD]
    done = subprocess.run(command, cwd=settings.BASE_DIR, check=True, capture_output=True, text=True)  # noqa: S603
    return float(done.stdout)
