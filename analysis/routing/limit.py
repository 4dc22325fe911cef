"""So many calls at a time; the number may change while some wait and others work, and nobody's call is broken off."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType

from perf.metrics import count

WAITING = "pipeline.waiting.us"


class Limit:
    """A semaphore that can be resized; belongs to one event loop. What was waited for it is counted."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._slots = asyncio.Semaphore(most)
        self._surplus = 0
        """Slots that are given up as they come free."""

    def resize(self, most: int) -> None:
        """Let so many in from now on; those who are in already stay."""
        grown, self.most = most - self.most, most
        spared = min(self._surplus, max(0, grown))
        self._surplus += max(0, -grown) - spared
        for _slot in range(grown - spared):
            self._slots.release()

    async def __aenter__(self) -> None:
        began = time.monotonic()
        await self._slots.acquire()
        while self._surplus:
            self._surplus -= 1
            await self._slots.acquire()
        waited = int((time.monotonic() - began) * 1e6)
        if waited > 1000:
            count(WAITING, waited)

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._slots.release()
