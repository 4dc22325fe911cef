"""Pays for calls, for somebody who must not wait for a database in the event loop: promised before, settled after."""

from __future__ import annotations

import asyncio
import uuid
from decimal import Decimal
from typing import Protocol

import structlog

from analysis.engines.provider import UNKNOWN_BILL, ProviderError, Reply
from analysis.routing.ledger import OverBudget, Payer, Planned, Price

_log = structlog.get_logger(__name__)


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


class Cashier:
    """Keeps the books of one engine's calls; belongs to one event loop."""

    def __init__(self, books: Books, price: Price) -> None:
        self.price = price
        self._books = books
        self._promised = 0
        self._settled = asyncio.Condition()

    async def reserve(self, planned: Planned, payer: Payer) -> uuid.UUID:
        """Promise. Where money is short, wait for own calls to be settled: they cost less than was promised for them.

        Raises ``OverBudget``. Whoever got a line must ``book`` it, or ``give_up``.
        """
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

    async def book(self, line: uuid.UUID, most: Decimal, said: Reply | ProviderError) -> None:
        """Write down what it cost. Where that fails, the answer is none the worse: what was promised stays spent, and
        the ledger's line is closed as assumed.
        """
        try:
            if isinstance(said, ProviderError):
                await self._booked(line, most, said)
            else:
                await self._billed(line, most, said)
        except Exception as error:  # noqa: BLE001 - a paid answer must not be lost with its bill
            _log.error("bill_not_written", error=type(error).__name__)
        finally:
            await self.give_up()

    async def give_up(self) -> None:
        """Nobody goes on waiting for this call to be settled."""
        async with self._settled:
            self._promised -= 1
            self._settled.notify_all()

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
