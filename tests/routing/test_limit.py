"""The number of calls at once follows its knob, while some wait and others work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from analysis.routing.limit import WAITING, Limit
from perf import metrics
from tests import apart


class Crowd:
    """So many who all want in, and stay until they are told to go."""

    def __init__(self, limit: Limit, number: int) -> None:
        self.inside = self.most = self.done = 0
        self._leave = asyncio.Semaphore(0)
        self._tasks = [asyncio.create_task(self._go(limit)) for _ in range(number)]

    async def _go(self, limit: Limit) -> None:
        async with limit:
            self.inside += 1
            self.most = max(self.most, self.inside)
            await self._leave.acquire()
            self.inside -= 1
            self.done += 1

    async def settle(self, leaving: int = 0) -> int:
        """Let some go, and everybody find a place; how many are inside."""
        for _one in range(leaving):
            self._leave.release()
        for _turn in range(20):
            await asyncio.sleep(0)
        return self.inside

    async def all_gone(self) -> None:
        await self.settle(len(self._tasks))
        await asyncio.gather(*self._tasks)


def run(scene: Callable[[], Awaitable[None]]) -> None:
    apart.run(scene())  # type: ignore[arg-type]


def test_no_more_are_let_in_than_it_says() -> None:
    async def scene() -> None:
        crowd = Crowd(Limit(3), 10)
        assert await crowd.settle() == 3
        await crowd.all_gone()
        assert (crowd.most, crowd.done) == (3, 10)

    run(scene)


def test_when_it_grows_those_who_wait_come_in_at_once() -> None:
    async def scene() -> None:
        limit = Limit(2)
        crowd = Crowd(limit, 10)
        await crowd.settle()
        limit.resize(7)
        assert await crowd.settle() == 7
        await crowd.all_gone()

    run(scene)


def test_when_it_shrinks_nobody_is_sent_away_and_nobody_let_in_until_there_is_room() -> None:
    async def scene() -> None:
        limit = Limit(6)
        crowd = Crowd(limit, 20)
        await crowd.settle()
        limit.resize(2)
        assert await crowd.settle() == 6
        assert await crowd.settle(leaving=4) == 2
        assert await crowd.settle(leaving=1) == 2
        await crowd.all_gone()
        assert crowd.done == 20

    run(scene)


def test_when_it_shrinks_while_empty_it_holds_for_the_next() -> None:
    async def scene() -> None:
        limit = Limit(8)
        limit.resize(2)
        crowd = Crowd(limit, 5)
        assert await crowd.settle() == 2
        limit.resize(4)
        assert await crowd.settle() == 4
        await crowd.all_gone()

    run(scene)


def test_to_and_fro_it_says_the_same_in_the_end() -> None:
    async def scene() -> None:
        limit = Limit(5)
        crowd = Crowd(limit, 30)
        for most in (1, 9, 2, 2, 20, 3):
            limit.resize(most)
            await crowd.settle(leaving=1)
        await crowd.settle(leaving=20)
        assert crowd.inside == 3
        await crowd.all_gone()

    run(scene)


def test_who_gives_up_waiting_takes_nobodys_place() -> None:
    async def scene() -> None:
        limit = Limit(1)
        crowd = Crowd(limit, 1)
        await crowd.settle()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(limit.__aenter__(), 0.01)
        await crowd.all_gone()
        late = Crowd(limit, 1)
        assert await late.settle() == 1
        await late.all_gone()

    run(scene)


def test_what_was_waited_is_counted() -> None:
    async def scene() -> None:
        limit = Limit(1)
        crowd = Crowd(limit, 2)
        await crowd.settle()
        await asyncio.sleep(0.01)
        await crowd.all_gone()

    before = metrics.read().total.get(WAITING, 0)
    run(scene)
    assert metrics.read().total[WAITING] - before >= 5_000
