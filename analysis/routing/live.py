"""The nodes as this process knows them: which of them may be called now, and what is learned of each by calling it.

What is known of a node in all processes, its breaker and its pace, is in Redis and asked about before every call.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping

from analysis.engines.provider import PASSING, Provider, ProviderError, Reply, Themes, Trouble
from analysis.routing.balancer import Balancer, Candidate
from analysis.routing.breaker import Breaker, Leave, State
from analysis.routing.nodes import Node
from analysis.routing.pace import Pace
from perf.metrics import count, track

_ILLNESS = PASSING - {Trouble.RATE_LIMITED}
_LEARNING = 0.1
_PROBE_LOOK_SECONDS = 0.2


class Gate:
    """Before and after each call: the breaker and the pace that all processes share."""

    def __init__(self, breaker: Breaker, pace: Pace | None = None) -> None:
        self._breaker, self._pace = breaker, pace

    async def ask(self) -> Leave:
        """Whether to call now."""
        return await asyncio.to_thread(self._ask)

    async def quiet(self) -> float:
        """Seconds in which the node wants no call, as anybody heard it."""
        leave = await asyncio.to_thread(self._breaker.look)
        return leave.wait if leave.state is State.QUIET else 0.0

    async def answered(self) -> None:
        """The node answered, whatever it said."""
        await asyncio.to_thread(self._breaker.succeeded)

    async def troubled(self, error: ProviderError, took: float) -> None:
        """It did not, after so many seconds; one that asks for quiet, or refuses what it was sent, is not ill."""
        await asyncio.to_thread(self._troubled, error, took)

    def _ask(self) -> Leave:
        leave = self._breaker.ask()
        wait = self._pace.wait() if self._pace and leave.granted else 0.0
        return Leave(State.QUIET, wait) if wait else leave

    def _troubled(self, error: ProviderError, took: float) -> None:
        if error.retry_after:
            self._breaker.keep_quiet(error.retry_after)
        if error.trouble is Trouble.RATE_LIMITED and self._pace:
            self._pace.too_many()
        if error.trouble in _ILLNESS:
            self._breaker.failed(took if error.trouble is Trouble.TIMEOUT else 0.0)
        else:
            self._breaker.succeeded()


class LiveNode:
    """A node as this process knows it; belongs to one event loop."""

    def __init__(self, node: Node, provider: Provider, gate: Gate) -> None:
        self.node, self.provider, self.gate = node, provider, gate
        self._slots = asyncio.Semaphore(node.at_once)
        self.in_flight = 0
        self.success = 1.0
        self.took = 0.0
        """Seconds that its last answer took."""
        self._quiet_until = 0.0

    def candidate(self) -> Candidate:
        """What the balancer needs to know."""
        node = self.node
        return Candidate(node.name, node.weight, self.in_flight, node.cpu, node.memory, self.success)

    async def _wait_for_quiet(self) -> None:
        """Between leave and call somebody else, here or in another process, may have heard that the node wants none."""
        while (left := self._quiet_until - time.monotonic()) > 0 or (left := await self.gate.quiet()):  # noqa: ASYNC110
            await asyncio.sleep(left * (1 + random.random() / 10))  # noqa: S311 - jitter

    async def leave(self) -> Leave:
        """Whether to call now; asked once there is a slot, so that nobody waits for one with a leave that has lapsed.

        Whoever is granted it has the slot, and must ``free`` it.
        """
        self.in_flight += 1
        await self._slots.acquire()
        leave = await self.gate.ask()
        if not leave.granted:
            self.free()
        return leave

    def free(self) -> None:
        """The slot is somebody else's."""
        self.in_flight -= 1
        self._slots.release()

    async def ask(self, texts: Mapping[str, str], themes: Themes) -> Reply | ProviderError:
        """What the node says, noted at once for all who would call it."""
        await self._wait_for_quiet()
        count("provider.calls")
        count("provider.items", len(texts))
        began = time.monotonic()
        try:
            with track("provider.call"):
                reply = await self.provider.ask(texts, themes)
        except ProviderError as error:
            count("provider.troubles")
            self._quiet_until = max(self._quiet_until, time.monotonic() + error.retry_after)
            await self.gate.troubled(error, time.monotonic() - began)
            self._learn(good=error.trouble not in PASSING)
            return error
        finally:
            count("provider.us", int((time.monotonic() - began) * 1e6))
        self._learn(good=True)
        self.took = time.monotonic() - began
        return reply

    async def answered(self) -> None:
        """Tell all processes that it answers."""
        await self.gate.answered()

    def _learn(self, *, good: bool) -> None:
        """Its rate of success, the last calls counting most."""
        self.success += _LEARNING * ((1.0 if good else 0.0) - self.success)


class LiveNodes:
    """The nodes of one engine, by name; belongs to one event loop."""

    def __init__(self, balancer: Balancer) -> None:
        self.balancer = balancer
        self.known: dict[str, LiveNode] = {}
        self.is_stopped = False

    async def choose(self, *, may_leave: bool, caller: str, avoid: str) -> LiveNode | None:
        """A node that may be called now, with one of its slots; waits while all want quiet. None: nobody answers.

        ``may_leave``: texts may leave the country. ``avoid`` names a node that comes last.
        """
        while not self.is_stopped:
            well = [live.candidate() for live in self.known.values() if live.node.takes(may_leave=may_leave)]
            order = self.balancer.order(well, caller=caller)
            order.sort(key=lambda name: name == avoid)
            waits = []
            for name in order:
                live = self.known.get(name)
                if live is None:
                    continue
                leave = await live.leave()
                if leave.granted:
                    return live
                if leave.state is State.QUIET:
                    waits.append(leave.wait)
                elif leave.state is State.HALF_OPEN:  # somebody's call will tell
                    waits.append(min(leave.wait, _PROBE_LOOK_SECONDS))
            if not waits:
                return None
            await asyncio.sleep(min(waits) * (1 + random.random() / 10))  # noqa: S311 - jitter
        return None
