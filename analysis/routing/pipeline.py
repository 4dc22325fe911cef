"""Many texts, few calls: a batch finds a node, and every text of it ends with a result or a reason.

Nothing is told by position: each text travels under an opaque id drawn for its call, and only results under that id
are taken. What a call leaves out, repeats or spoils is asked again in halves of the batch, the good rest is kept. No
call is made that no budget covers, nor one to a node that wants quiet or is known not to answer.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from analysis.engines.provider import PASSING, UNKNOWN_BILL, Provider, ProviderError, Reply, Themes, Trouble
from analysis.routing.balancer import Balancer, Candidate
from analysis.routing.breaker import Breaker, Leave, State
from analysis.routing.ledger import OverBudget, Payer, Planned, Price
from analysis.routing.nodes import Node
from analysis.routing.pace import Pace
from perf.metrics import count

OPEN = "open"
"""The reason of texts that were not sent, since no node is known to answer."""
STOPPED = "stopped"
"""The reason of texts that were not sent, since this process is about to end."""
BUDGET = "budget_"
"""Begins the reason of texts that were not sent for want of money; the scope of the budget follows."""

_ILLNESS = PASSING - {Trouble.RATE_LIMITED}
_ID_BYTES = 5
_BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
_LEARNING = 0.1
_PROBE_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Errand:
    """What the texts of a batch have in common: who pays, the themes there are, whether they may leave the country."""

    payer: Payer
    themes: Themes
    may_leave: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a text: a result with its share of the cost in US dollars, or the reason why there is none."""

    result: dict[str, Any] | None = None
    reason: str = ""
    cost: Decimal = Decimal(0)


Tell = Callable[[Mapping[str, Told]], Awaitable[None]]
"""Hears what became of some texts, by the caller's ids."""


class Books(Protocol):
    """The ledger, for somebody who must not wait for a database in the event loop."""

    async def reserve(self, call: Planned, payer: Payer) -> uuid.UUID:
        """Promise; raises ``OverBudget``."""

    async def settle(
        self, line: uuid.UUID, *, tokens_in: int, tokens_out: int, cost: Decimal, trouble: str = ""
    ) -> None:
        """It was billed."""

    async def release(self, line: uuid.UUID, trouble: str) -> None:
        """It was not."""

    async def assume(self, line: uuid.UUID, trouble: str) -> None:
        """Nobody knows."""


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
        self.slots = asyncio.Semaphore(node.at_once)
        self.in_flight = 0
        self.success = 1.0
        self._quiet_until = 0.0

    def candidate(self) -> Candidate:
        """What the balancer needs to know."""
        node = self.node
        return Candidate(node.name, node.weight, self.in_flight, node.cpu, node.memory, self.success)

    async def keep_quiet(self, error: ProviderError, took: float) -> None:
        """Take note of an error after so many seconds, here and for all processes."""
        self._quiet_until = max(self._quiet_until, time.monotonic() + error.retry_after)
        await self.gate.troubled(error, took)

    async def wait_for_quiet(self) -> None:
        """Between leave and call somebody else, here or in another process, may have heard that the node wants none."""
        while (left := self._quiet_until - time.monotonic()) > 0 or (left := await self.gate.quiet()):  # noqa: ASYNC110
            await asyncio.sleep(left * (1 + random.random() / 10))  # noqa: S311 - jitter

    def learn(self, *, good: bool) -> None:
        """Its rate of success, the last calls counting most."""
        self.success += _LEARNING * ((1.0 if good else 0.0) - self.success)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a text is tried: so many calls, with these pauses between."""

    tries: int = 5
    back_off: tuple[float, ...] = _BACK_OFF_SECONDS


@dataclass(frozen=True, slots=True)
class _Batch:
    texts: Mapping[str, str]
    tried: int = 0
    avoid: str = ""

    def again(self, avoid: str) -> _Batch:
        return _Batch(self.texts, self.tried + 1, avoid)

    def smaller(self, names: list[str]) -> list[_Batch]:
        """These of its texts: one alone once more, several in halves, down to the one that makes the trouble."""
        if len(names) == 1:
            return [_Batch({names[0]: self.texts[names[0]]}, self.tried + 1)]
        middle = len(names) // 2
        return [
            _Batch({name: self.texts[name] for name in part}, self.tried) for part in (names[:middle], names[middle:])
        ]


class Pipeline:
    """Runs the batches of one engine; belongs to one event loop."""

    def __init__(
        self, *, balancer: Balancer, price: Price, books: Books, bounds: Bounds, took: Callable[[float], None]
    ) -> None:
        """``took`` hears how many seconds each answered call took."""
        self.balancer, self.price, self.bounds = balancer, price, bounds
        self.nodes: dict[str, LiveNode] = {}
        self.is_stopped = False
        self._promised = 0
        self._settled = asyncio.Condition()
        self._books, self._took = books, took

    async def run(self, errand: Errand, texts: Mapping[str, str], tell: Tell) -> None:
        """Have all texts labelled, by the caller's ids; ``tell`` hears of each once, as soon as it is known."""
        waiting = [_Batch(texts)] if texts else []
        while waiting:
            rounds = await asyncio.gather(*(self._call(errand, batch, tell) for batch in waiting))
            waiting = [batch for batches in rounds for batch in batches]

    async def _choose(self, errand: Errand, avoid: str) -> LiveNode | None:
        """A node that may be called now, with one of its slots; waits while all want quiet. None: nobody answers."""
        while not self.is_stopped:
            well = [live.candidate() for live in self.nodes.values() if live.node.takes(may_leave=errand.may_leave)]
            order = self.balancer.order(well, caller=str(errand.payer.session_id))
            order.sort(key=lambda name: name == avoid)
            waits = []
            for name in order:
                live = self.nodes.get(name)
                if live is None:
                    continue
                leave = await self._leave(live)
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

    async def _leave(self, live: LiveNode) -> Leave:
        """Asked once there is a slot, so that nobody waits for one with a leave that has lapsed."""
        live.in_flight += 1
        await live.slots.acquire()
        leave = await live.gate.ask()
        if not leave.granted:
            self._free(live)
        return leave

    def _free(self, live: LiveNode) -> None:
        live.in_flight -= 1
        live.slots.release()

    async def _call(self, errand: Errand, batch: _Batch, tell: Tell) -> list[_Batch]:
        """Ask once; returns what is to be asked again."""
        live = await self._choose(errand, batch.avoid)
        if live is None:
            return await _give_up(batch, STOPPED if self.is_stopped else OPEN, tell)
        mine = {secrets.token_hex(_ID_BYTES): name for name in batch.texts}
        asked = {own: batch.texts[name] for own, name in mine.items()}
        try:
            most = self.price.of(*live.provider.most_tokens(asked, errand.themes))
            node = live.node
            planned = Planned(node.id, node.engine, node.endpoint.model, len(asked), most)
            try:
                line = await self._reserve(planned, errand.payer)
            except OverBudget as error:
                return await _give_up(batch, BUDGET + error.scope, tell)
            said = await self._said(live, asked, errand.themes)
        finally:
            self._free(live)
        await self._book(line, most, said)
        if isinstance(said, ProviderError):
            return await self._after_trouble(batch, live, said, tell)
        await live.gate.answered()
        live.learn(good=True)
        if said.invented:
            count("provider.invented", said.invented)
        share = self.price.of(said.tokens_in, said.tokens_out) / max(1, len(said.results))
        if said.results:
            await tell({mine[own]: Told(result, cost=share) for own, result in said.results.items()})
        left = [mine[own] for own in said.retry]
        return await self._smaller(batch, left, next(iter(said.retry.values())), tell) if left else []

    async def _reserve(self, planned: Planned, payer: Payer) -> uuid.UUID:
        """Where money is short, wait for own calls to be settled: they cost less than was promised for them."""
        while True:
            try:
                line = await self._books.reserve(planned, payer)
            except OverBudget:
                async with self._settled:
                    if not self._promised:
                        raise
                    await self._settled.wait()
            else:
                self._promised += 1
                return line

    async def _said(self, live: LiveNode, asked: Mapping[str, str], themes: Themes) -> Reply | ProviderError:
        """What the node says, noted at once for all who would call it."""
        await live.wait_for_quiet()
        began = time.monotonic()
        try:
            return await self._ask(live, asked, themes)
        except ProviderError as error:
            await live.keep_quiet(error, time.monotonic() - began)
            live.learn(good=error.trouble not in PASSING)
            return error
        except BaseException:
            await self._closed()
            raise

    async def _book(self, line: uuid.UUID, most: Decimal, said: Reply | ProviderError) -> None:
        """Write down what it cost; whatever happens, nobody goes on waiting for this call to be settled."""
        try:
            if isinstance(said, ProviderError):
                await self._booked(line, most, said)
            else:
                await self._billed(line, most, said)
        finally:
            await self._closed()

    async def _closed(self) -> None:
        async with self._settled:
            self._promised -= 1
            self._settled.notify_all()

    async def _ask(self, live: LiveNode, asked: Mapping[str, str], themes: Themes) -> Reply:
        count("provider.calls")
        count("provider.items", len(asked))
        started = time.perf_counter()
        try:
            reply = await live.provider.ask(asked, themes)
        except ProviderError:
            count("provider.troubles")
            raise
        self._took(time.perf_counter() - started)
        return reply

    async def _billed(self, line: uuid.UUID, most: Decimal, reply: Reply) -> None:
        if most and not reply.tokens_in + reply.tokens_out:
            await self._books.assume(line, "no_usage")
        else:
            cost = self.price.of(reply.tokens_in, reply.tokens_out)
            await self._books.settle(line, tokens_in=reply.tokens_in, tokens_out=reply.tokens_out, cost=cost)

    async def _booked(self, line: uuid.UUID, most: Decimal, error: ProviderError) -> None:
        """A call without a usable answer: billed for what it says, not billed, or nobody knows."""
        trouble = error.trouble.value
        if error.tokens_in or error.tokens_out:
            cost = self.price.of(error.tokens_in, error.tokens_out)
            await self._books.settle(
                line, tokens_in=error.tokens_in, tokens_out=error.tokens_out, cost=cost, trouble=trouble
            )
        elif error.trouble in UNKNOWN_BILL and most:
            await self._books.assume(line, trouble)
        else:
            await self._books.release(line, trouble)

    async def _after_trouble(self, batch: _Batch, live: LiveNode, error: ProviderError, tell: Tell) -> list[_Batch]:
        reason = error.trouble.value
        if error.trouble not in PASSING:  # refused, malformed or cut off: perhaps for the sake of one text
            return await self._smaller(batch, [*batch.texts], reason, tell)
        if batch.tried + 1 >= self.bounds.tries:
            return await _give_up(batch, reason, tell)
        if len(self.nodes) == 1 or batch.avoid:
            pause = self.bounds.back_off[min(batch.tried, len(self.bounds.back_off) - 1)]
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
        return [batch.again(live.node.name)]

    async def _smaller(self, batch: _Batch, names: list[str], reason: str, tell: Tell) -> list[_Batch]:
        if len(names) == 1 and batch.tried + 1 >= self.bounds.tries:
            return await _give_up(_Batch({names[0]: batch.texts[names[0]]}), reason, tell)
        return batch.smaller(names)


async def _give_up(batch: _Batch, reason: str, tell: Tell) -> list[_Batch]:
    await tell(dict.fromkeys(batch.texts, Told(reason=reason)))
    return []
