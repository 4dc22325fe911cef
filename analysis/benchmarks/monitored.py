"""What the monitor takes of real requests: the same ones with it and without, in turns, in one process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle

from analysis.benchmarks.caller import caller
from analysis.benchmarks.files import distinct_texts
from perf.benchmarks.monitor import on_against_off
from perf.benchmarks.registry import Figures, Measure, Options, benchmark

_TEXTS = 20


@benchmark("monitor_of_requests", "POST /analyze of 20 texts with the monitor and without", repeats=3)
@contextmanager
def monitor_of_requests(options: Options) -> Iterator[Measure]:
    """Yield the measurement; ``options.rows`` texts a request."""
    size = options.rows or _TEXTS
    texts = [text for text in distinct_texts(100 * size) if text.strip()]
    bodies = cycle(
        {"items": [{"text": text} for text in texts[first : first + size]]} for first in range(0, len(texts), size)
    )
    with caller() as program:

        def ask() -> None:
            answer = program.post("/api/v1/analyze", next(bodies))
            if answer.status_code != 200:
                raise RuntimeError(f"{answer.status_code}; measured nothing.")

        def measure() -> Figures:
            return on_against_off(ask)

        yield measure
