"""Texts a second through the line to a provider of fixed latency, against what its calls could carry at best.

At best every call is full, and a call begins when one ends: size x calls at once / latency.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from analysis.benchmarks.caller import timed
from analysis.benchmarks.files import distinct_texts
from analysis.benchmarks.network import Network, ask_all, network
from analysis.routing.answers import key_of
from perf.benchmarks.registry import Better, Figure, Figures, Measure, Options, benchmark, milliseconds

LATENCY = 1.0  # seconds
SHAPES = ((10, 5), (20, 5), (20, 10), (50, 5))
"""Texts a call, and calls at once."""
_ROUNDS = 4


@benchmark(
    "batching",
    "texts a second to a provider of known latency, against the best there can be",
    repeats=3,
    quick_rows=2,
    quick_repeats=1,
)
@contextmanager
def batching(options: Options) -> Iterator[Measure]:
    """Yield the measurement of each of ``SHAPES``; ``options.rows`` are rounds of calls."""
    rounds = options.rows or _ROUNDS
    most = max(size * at_once for size, at_once in SHAPES) * rounds
    texts = {key_of(text): text for text in distinct_texts(most + most // 2)}
    keys = list(texts)
    with network(LATENCY) as ground:

        def measure() -> Figures:
            figures: dict[str, Figure] = {}
            for size, at_once in SHAPES:
                some = {key: texts[key] for key in keys[: size * at_once * rounds]}
                seconds = _seconds(ground, some, size, at_once)
                name, best = f"{size} x {at_once}", rounds * LATENCY
                figures[f"{name}: texts a second"] = Figure(len(some) / seconds, "texts/s", Better.HIGHER)
                figures[f"{name}: of the best"] = Figure(100 * best / seconds, "%", Better.HIGHER)
                figures[f"{name}: added to each call"] = milliseconds((seconds - best) / rounds)
            return figures

        yield measure


def _seconds(ground: Network, texts: dict[str, str], size: int, at_once: int) -> float:
    pool = ground.use(batch_size=size, at_once=at_once)
    before = ground.provider.seen()
    seconds = timed(partial(ask_all, pool, texts))
    calls = (ground.provider.seen() - before).calls
    if calls != len(texts) // size:
        raise RuntimeError(f"{len(texts)} texts were answered in {calls} calls; measured nothing.")
    return seconds
