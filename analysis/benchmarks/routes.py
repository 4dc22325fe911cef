"""How long ``POST /analyze`` takes by each of its routes, whole requests of one text, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from analysis.benchmarks.caller import Caller, caller, percentiles
from analysis.benchmarks.files import distinct_texts
from analysis.benchmarks.network import Network, network
from analysis.processing.heartbeat import workers_alive
from analysis.routing.router import label_texts
from perf.benchmarks.registry import BenchmarkRefusedError, Figures, Measure, Options, benchmark

LATENCY = 0.3  # seconds that the provider takes
_TIMES, _FEW = 100, 20
_ABROAD: dict[str, Any] = {"engine": "llm", "sends_abroad": True}


@benchmark(
    "api_latency", "POST /analyze by cache, batch, immediately, by the queue", repeats=3, quick_rows=30, first=True
)
@contextmanager
def api_latency(options: Options) -> Iterator[Measure]:
    """Yield the measurement of ``options.rows`` requests by each route, a fifth of that by a provider."""
    if workers_alive():
        raise BenchmarkRefusedError("Workers are running, who would take what is queued; stop them first (make stop).")
    times = options.rows or _TIMES
    with caller() as program, network(LATENCY) as ground:
        yield lambda: _measure(program, ground, times)


def _measure(program: Caller, ground: Network, times: int) -> Figures:
    ground.forget()
    few = max(2, times * _FEW // _TIMES)
    texts = iter(_worth_asking(2 * times + 3 * few))
    known = next(texts)
    program.analyze(known, "immediate")
    return {
        **percentiles("cache", [program.analyze(known, "cache") for _ in range(times)]),
        **percentiles("immediate", [program.analyze(next(texts), "immediate") for _ in range(times)]),
        **percentiles("batch", [program.analyze(next(texts), "batch", **_ABROAD) for _ in range(few)]),
        **percentiles(
            "batch, real time", [program.analyze(next(texts), "batch", real_time=True, **_ABROAD) for _ in range(few)]
        ),
        **percentiles("queue", [program.analyze(known, "queue", 202, priority="low") for _ in range(few)]),
    }


def _worth_asking(number: int) -> list[str]:
    """Texts that a provider is asked about."""
    texts = {str(place): text for place, text in enumerate(distinct_texts(2 * number))}
    verdicts = label_texts(texts, engine="embedded")
    wanted = [text for name, text in texts.items()
              if not (verdicts[name].is_uninformative or verdicts[name].is_company_reply)]  # fmt: skip
    return wanted[:number]
