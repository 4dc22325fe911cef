"""Texts that arrive one by one, from anybody in the process, leave in batches.

A batch leaves when it is full, or 100 ms after its first text came. The same text that is asked for while it is on its
way is not sent again: whoever comes later gets the same answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from perf.metrics import count

WAIT_SECONDS = 0.1

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@dataclass(slots=True)
class _Group(Generic[T]):
    texts: dict[str, str] = field(default_factory=dict)
    timer: asyncio.TimerHandle | None = None


class Batcher(Generic[K, T]):
    """Batches of texts that have their ``kind`` in common; belongs to one event loop.

    ``run`` gets a kind and the texts of a batch by key, and calls ``tell(key, answer)`` of the batcher for each of
    them.
    """

    def __init__(
        self,
        run: Callable[[K, Mapping[str, str]], Awaitable[None]],
        size: Callable[[], int],
        *,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._run, self._size, self._wait = run, size, wait_seconds
        self._groups: dict[K, _Group[T]] = {}
        self._asked: dict[tuple[K, str], asyncio.Future[T]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, kind: K, key: str, text: str, *, hurry: bool = False) -> asyncio.Future[T]:
        """The answer to come; in a ``hurry`` the batch leaves with whatever it holds."""
        asked = self._asked.get((kind, key))
        if asked is not None:
            if hurry:
                self.flush(kind)
            return asked
        asked = self._asked[kind, key] = asyncio.get_running_loop().create_future()
        group = self._groups.setdefault(kind, _Group())
        group.texts[key] = text
        if hurry or len(group.texts) >= self._size():
            self.flush(kind)
        elif group.timer is None:
            group.timer = asyncio.get_running_loop().call_later(self._wait, self.flush, kind)
        return asked

    def flush(self, kind: K) -> None:
        """Send what waits."""
        group = self._groups.pop(kind, None)
        if group is None:
            return
        if group.timer is not None:
            group.timer.cancel()
        count("batches.sent")
        if len(group.texts) >= self._size():
            count("batches.full")
        task = asyncio.get_running_loop().create_task(self._sent(kind, group.texts))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def tell(self, kind: K, key: str, answer: T) -> None:
        """Hand the answer to all who wait for it."""
        asked = self._asked.pop((kind, key), None)
        if asked is not None and not asked.done():
            asked.set_result(answer)

    def asked(self) -> dict[K, list[str]]:
        """The keys that wait for an answer, by kind."""
        found: dict[K, list[str]] = {}
        for kind, key in self._asked:
            found.setdefault(kind, []).append(key)
        return found

    async def _sent(self, kind: K, texts: Mapping[str, str]) -> None:
        try:
            await self._run(kind, texts)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            self._fail(kind, texts, error)
        self._fail(kind, texts, RuntimeError("left without an answer"))

    def _fail(self, kind: K, texts: Mapping[str, str], error: Exception) -> None:
        for key in texts:
            asked = self._asked.pop((kind, key), None)
            if asked is not None and not asked.done():
                asked.set_exception(error)


def next_size(size: int, seconds: float, *, least: int = 10, most: int = 50, step: int = 5) -> int:
    """The size of the batches after one took so long: fewer texts after 2 s, more under half a second."""
    if seconds > 2.0:
        return max(min(least, size), size - step)
    return min(max(most, size), size + step) if seconds < 0.5 else size
