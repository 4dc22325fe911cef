"""What measuring costs: microseconds a call, and its share of a request that does nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from django.conf import settings
from django.test import Client, override_settings

from perf.benchmarks.registry import Better, Figure, Figures, Measure, Options, benchmark
from perf.metrics import count, flush, track

_CALLS, _ROUNDS, _REQUESTS = 20_000, 20, 50
_NAME = "benchmark.monitor"
#: Answers without a database: against it a share is as large as it can be.
_PATH = "/healthz/live"


@benchmark("monitor", "what track and count cost, and the whole monitor in an empty request", repeats=5)
@contextmanager
def monitor(options: Options) -> Iterator[Measure]:
    """Yield the measurement of ``options.rows`` calls of each kind."""
    calls = options.rows or _CALLS

    def measure() -> Figures:
        figures: Figures = {
            "track, a block": _each(calls, _blocks),
            "track, a function": _each(calls, _functions),
            "track, async": _each(calls, lambda n: asyncio.run(_awaits(n))),
            "count": _each(calls, _counts),
        }
        return {**figures, **on_against_off(lambda: Client().get(_PATH, secure=settings.HTTPS))}

    with override_settings(ALLOWED_HOSTS=["testserver"]):
        yield measure


def on_against_off(ask: Callable[[], object]) -> Figures:
    """CPU time of requests with the monitor and without, in turns; its sending to Redis is part of it."""
    spent: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * _ROUNDS):
        is_on = number % 2 == 0
        with override_settings(MONITOR=is_on):
            began = time.process_time()
            for _ in range(_REQUESTS):
                ask()
            flush()
            spent[is_on].append((time.process_time() - began) / _REQUESTS)
    with_it, without = median(spent[True]), median(spent[False])
    return {
        "a request, monitor on": Figure(with_it * 1e3, "CPU ms"),
        "a request, monitor off": Figure(without * 1e3, "CPU ms"),
        "cost of the monitor": Figure(100 * (with_it / without - 1), "%", Better.LOWER),
    }


def _each(calls: int, run: Callable[[int], object]) -> Figure:
    began = time.perf_counter()
    run(calls)
    return Figure((time.perf_counter() - began) / calls * 1e6, "us", Better.LOWER)


def _blocks(calls: int) -> None:
    for _ in range(calls):
        with track(_NAME):
            pass


def _functions(calls: int) -> None:
    @track(_NAME)
    def nothing() -> None:
        return None

    for _ in range(calls):
        nothing()


async def _awaits(calls: int) -> None:
    @track(_NAME)
    async def nothing() -> None:
        return None

    for _ in range(calls):
        await nothing()


def _counts(calls: int) -> None:
    for _ in range(calls):
        count(_NAME)
