"""Operations are clocked in blocks, functions, coroutines, threads and loops, failures included."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import override_settings

from perf import metrics
from tests.apart import run
from tests.perf.emptied import no_measures  # noqa: F401 -- each test begins with none


def sums(operation: str) -> tuple[int, int]:
    total = metrics.read().total
    return total.get(f"{operation}.calls", 0), total.get(f"{operation}.errors", 0)


def test_a_coroutine_is_clocked_until_it_ends_and_keeps_its_name() -> None:
    @metrics.track("provider.call")
    async def ask() -> str:
        await asyncio.sleep(0.01)
        return "answer"

    assert ask.__name__ == "ask"
    assert run(ask()) == "answer"
    assert sums("provider.call") == (1, 0)
    assert metrics.read().total["provider.call.us"] >= 10_000


def test_a_coroutine_that_fails_is_counted_and_its_error_passes() -> None:
    @metrics.track("provider.call")
    async def ask() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        run(ask())
    assert sums("provider.call") == (1, 1)


def test_blocks_of_a_loop_overlap_without_mixing_their_clocks() -> None:
    async def ask(seconds: float) -> None:
        async with metrics.track("provider.call"):
            await asyncio.sleep(seconds)

    async def all_at_once() -> None:
        await asyncio.gather(*(ask(0.001 * number) for number in range(20)))

    run(all_at_once())
    assert sums("provider.call") == (20, 0)


def test_no_call_of_many_threads_is_lost() -> None:
    @metrics.track("step")
    def step(number: int) -> int:
        metrics.count("steps")
        return number

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(step, range(4000))) == sum(range(4000))
    assert metrics.flush()
    total = metrics.read().total
    assert (total["step.calls"], total["steps"]) == (4000, 4000)


def test_a_generator_is_refused_for_only_its_making_would_be_clocked() -> None:
    def rows() -> Iterator[int]:
        yield 1

    with pytest.raises(TypeError, match="track_each"):
        metrics.track("parse")(rows)


@override_settings(MONITOR=False)
def test_switched_off_nothing_is_measured_and_the_work_goes_on() -> None:
    with metrics.track("step"):
        metrics.count("steps")
        metrics.gauge("depth", 3)
    assert metrics.read().total == {}
