"""Many texts, few calls: a batch finds a node, and every text of it ends with a result or a reason.

Nothing is told by position: each text travels under an opaque id drawn for its call, and only results under that id
are taken. What a call leaves out, repeats or spoils is asked again in halves of the batch, the good rest is kept. No
call is made that no budget covers, nor one to a node that wants quiet or is known not to answer.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analysis.engines.provider import PASSING, ProviderError, Reply, Themes
from analysis.routing.cashier import Cashier
from analysis.routing.ledger import OverBudget, Payer, Planned
from analysis.routing.limit import Limit
from analysis.routing.live import LiveNode, LiveNodes
from perf.metrics import count

OPEN = "open"
"""The reason of texts that were not sent, since no node is known to answer."""
STOPPED = "stopped"
"""The reason of texts that were not sent, since this process is about to end."""
BUDGET = "budget_"
"""Begins the reason of texts that were not sent for want of money; the scope of the budget follows."""

_ID_BYTES = 5
_BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)


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
        """These of its texts: one alone once more, several in halves, down to the one that makes the trouble.

        How often nobody answered before says nothing of a text: only tries of it alone add up.
        """
        if len(names) == 1:
            return [_Batch({names[0]: self.texts[names[0]]}, self.tried + 1 if len(self.texts) == 1 else 1)]
        middle = len(names) // 2
        return [_Batch({name: self.texts[name] for name in part}) for part in (names[:middle], names[middle:])]


class Pipeline:
    """Runs the batches of one engine; belongs to one event loop."""

    def __init__(
        self, *, nodes: LiveNodes, cashier: Cashier, bounds: Bounds, took: Callable[[float], None], limit: Limit
    ) -> None:
        """``took`` hears how many seconds each answered call took; so many calls are made at once as ``limit`` says."""
        self._nodes, self._cashier, self._bounds, self._took = nodes, cashier, bounds, took
        self._limit = limit

    async def run(self, errand: Errand, texts: Mapping[str, str], tell: Tell) -> None:
        """Have all texts labelled, by the caller's ids; ``tell`` hears of each once, as soon as it is known."""
        waiting = [_Batch(texts)] if texts else []
        while waiting:
            rounds = await asyncio.gather(*(self._call(errand, batch, tell) for batch in waiting))
            waiting = [batch for batches in rounds for batch in batches]

    async def _call(self, errand: Errand, batch: _Batch, tell: Tell) -> list[_Batch]:
        """Ask once; returns what is to be asked again."""
        mine = {secrets.token_hex(_ID_BYTES): name for name in batch.texts}
        async with self._limit:
            live, said = await self._ask(errand, batch, mine)
        if live is None or isinstance(said, str):
            return await _give_up(batch, str(said), tell)
        if isinstance(said, ProviderError):
            return await self._after_trouble(batch, live, said, tell)
        await live.answered()
        self._took(live.took)
        return await self._after_answer(batch, mine, said, tell)

    async def _ask(
        self, errand: Errand, batch: _Batch, mine: Mapping[str, str]
    ) -> tuple[LiveNode | None, Reply | ProviderError | str]:
        """Who was asked and what it said, booked; or the reason why nobody was. ``mine`` as in ``_after_answer``."""
        caller = str(errand.payer.session_id)
        live = await self._nodes.choose(may_leave=errand.may_leave, caller=caller, avoid=batch.avoid)
        if live is None:
            return None, STOPPED if self._nodes.is_stopped else OPEN
        asked = {own: batch.texts[name] for own, name in mine.items()}
        try:
            most = self._cashier.price.of(*live.provider.most_tokens(asked, errand.themes))
            node = live.node
            planned = Planned(node.id, node.engine, node.endpoint.model, len(asked), most)
            try:
                line = await self._cashier.reserve(planned, errand.payer)
            except OverBudget as error:
                return live, BUDGET + error.scope
            try:
                said = await live.ask(asked, errand.themes)
            except BaseException:
                await self._cashier.give_up()
                raise
        finally:
            live.free()
        await self._cashier.book(line, most, said)
        return live, said

    async def _after_answer(self, batch: _Batch, mine: Mapping[str, str], reply: Reply, tell: Tell) -> list[_Batch]:
        """``mine`` are the caller's ids by those of the call."""
        if reply.invented:
            count("provider.invented", reply.invented)
        share = self._cashier.price.of(reply.tokens_in, reply.tokens_out) / max(1, len(reply.results))
        count("provider.answered", len(reply.results))
        if reply.results:
            await tell({mine[own]: Told(result, cost=share) for own, result in reply.results.items()})
        left = [mine[own] for own in reply.retry]
        return await self._smaller(batch, left, next(iter(reply.retry.values())), tell) if left else []

    async def _after_trouble(self, batch: _Batch, live: LiveNode, error: ProviderError, tell: Tell) -> list[_Batch]:
        reason = error.trouble.value
        if error.trouble not in PASSING:  # refused, malformed or cut off: perhaps for the sake of one text
            return await self._smaller(batch, [*batch.texts], reason, tell)
        if batch.tried + 1 >= self._bounds.tries:
            return await _give_up(batch, reason, tell)
        if len(self._nodes.known) == 1 or batch.avoid:
            pause = self._bounds.back_off[min(batch.tried, len(self._bounds.back_off) - 1)]
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
        return [batch.again(live.node.name)]

    async def _smaller(self, batch: _Batch, names: list[str], reason: str, tell: Tell) -> list[_Batch]:
        if len(batch.texts) == 1 and batch.tried + 1 >= self._bounds.tries:
            return await _give_up(batch, reason, tell)
        return batch.smaller(names)


async def _give_up(batch: _Batch, reason: str, tell: Tell) -> list[_Batch]:
    await tell(dict.fromkeys(batch.texts, Told(reason=reason)))
    return []
