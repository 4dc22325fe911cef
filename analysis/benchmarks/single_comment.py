"""How long one comment waits for its labels, by itself, in a process that is warm."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from statistics import median, quantiles

from analysis.benchmarks.files import lifelike_rows
from analysis.routing.router import label_texts
from perf.benchmarks.registry import Figures, Measure, Options, benchmark, milliseconds

_COMMENTS = 500


@benchmark("single_comment", "one comment at a time through the router", repeats=5, quick_rows=200, first=True)
@contextmanager
def single_comment(options: Options) -> Iterator[Measure]:
    """Yield the measurement of ``options.rows`` single comments."""
    texts = [
        text for _nps, _rating, text in islice(lifelike_rows(options.rows or _COMMENTS), options.rows or _COMMENTS)
    ]

    def measure() -> Figures:
        seconds = []
        for text in texts:
            started = time.perf_counter()
            label_texts({"1": text}, engine="embedded")
            seconds.append(time.perf_counter() - started)
        return {"median": milliseconds(median(seconds)), "p95": milliseconds(quantiles(seconds, n=20)[-1])}

    yield measure
