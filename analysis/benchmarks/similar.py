"""How long it takes to find what many say alike, and topics, in texts that read like customers' comments."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from analysis.benchmarks.files import distinct_texts
from analysis.engines.similar.groups import group_similar
from analysis.engines.similar.topics import find_topics
from perf.benchmarks.registry import Figures, Measure, Options, benchmark, milliseconds

SIZES = (1_000, 5_000, 20_000)
TOPICS = 7_000


@benchmark("similar", "groups of alike comments, and topics, in distinct texts", repeats=3, quick_rows=2_000)
@contextmanager
def similar(options: Options) -> Iterator[Measure]:
    """Yield the measurement for each of ``SIZES``, or for ``options.rows`` distinct texts alone."""
    sizes = (options.rows,) if options.rows else SIZES
    texts = {size: distinct_texts(size) for size in {*sizes, options.rows or TOPICS}}

    def measure() -> Figures:
        figures = {f"groups in {size} texts": _taken(group_similar, texts[size]) for size in sizes}
        figures[f"topics in {options.rows or TOPICS} texts"] = _taken(find_topics, texts[options.rows or TOPICS])
        return {name: milliseconds(seconds) for name, seconds in figures.items()}

    yield measure


def _taken(find: Callable[[list[str], list[int]], object], texts: dict[str, int]) -> float:
    started = time.perf_counter()
    find([*texts], [*texts.values()])
    return time.perf_counter() - started
