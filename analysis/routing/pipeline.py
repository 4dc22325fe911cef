"""Many texts, few calls: batches go out at once, up to a bound, and every text ends with a result or a reason.

Nothing is told by position: each text travels under an opaque id drawn for its call, and only results under that id are
taken. What a call leaves out, repeats or spoils is asked again in halves of the batch, the good rest is kept.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from analysis.engines.llm.answers import Malformed, read_answers
from analysis.engines.llm.client import PASSING, ProviderError, Reply, Trouble
from analysis.routing.breaker import Breaker, State

Ask = Callable[[Mapping[str, str], Mapping[str, str]], Awaitable[Reply]]
"""Texts by opaque id and themes (code: name) in, a reply out; raises ``ProviderError``."""

OPEN = "open"
"""The reason of texts that were not sent, since the provider is known not to answer."""

_ILLNESS = PASSING - {Trouble.RATE_LIMITED}
_ID_BYTES = 5
_BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How texts become calls: the customer's figures are the defaults."""

    batch_size: int = 20
    at_once: int = 20
    tries: int = 5
    back_off: tuple[float, ...] = _BACK_OFF_SECONDS


@dataclass(slots=True)
class Outcome:
    """``results`` and ``reasons`` together name every text, each once; the counts are of calls, tokens as billed."""

    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    invented: int = 0


class Gate:
    """Before each call: the breaker that all processes share. It makes callers wait while the provider wants quiet, and
    turns them away while it is known not to answer.
    """

    def __init__(self, breaker: Breaker) -> None:
        self._breaker = breaker

    async def passed(self) -> bool:
        """Wait until a call may be made; False when none may be, and the caller does better without the provider."""
        while not (leave := self._breaker.ask()).granted:
            if leave.state is State.OPEN:
                return False
            await asyncio.sleep(leave.wait * (1 + random.random() / 10))  # noqa: S311 - no secret
        return True

    def answered(self) -> None:
        """The provider answered, whatever it said."""
        self._breaker.succeeded()

    def troubled(self, error: ProviderError) -> None:
        """It did not; one that asks for quiet, or refuses what it was sent, is not ill."""
        if error.retry_after:
            self._breaker.keep_quiet(error.retry_after)
        if error.trouble in _ILLNESS:
            self._breaker.failed()
        else:
            self._breaker.succeeded()


@dataclass(frozen=True, slots=True)
class _Batch:
    texts: Mapping[str, str]
    tried: int = 0

    def again(self) -> _Batch:
        return _Batch(self.texts, self.tried + 1)

    def smaller(self, names: list[str]) -> list[_Batch]:
        """These of its texts: one alone once more, several in halves, down to the one that makes the trouble."""
        if len(names) == 1:
            return [_Batch({names[0]: self.texts[names[0]]}, self.tried + 1)]
        middle = len(names) // 2
        return [
            _Batch({name: self.texts[name] for name in part}, self.tried) for part in (names[:middle], names[middle:])
        ]


class Pipeline:
    """Runs the batches of each call of ``run``, by one event loop."""

    def __init__(self, ask: Ask, themes: Mapping[str, str], bounds: Bounds, gate: Gate) -> None:
        self._ask, self._themes, self._bounds, self._gate = ask, themes, bounds, gate

    async def run(self, texts: Mapping[str, str]) -> Outcome:
        """Label all texts, by the caller's ids."""
        outcome = Outcome()
        waiting: asyncio.Queue[_Batch] = asyncio.Queue()
        names, size = list(texts), self._bounds.batch_size
        for first in range(0, len(names), size):
            waiting.put_nowait(_Batch({name: texts[name] for name in names[first : first + size]}))
        async with asyncio.TaskGroup() as group:
            workers = [
                group.create_task(self._work(waiting, outcome))
                for _ in range(min(self._bounds.at_once, waiting.qsize()))
            ]
            await waiting.join()
            for worker in workers:
                worker.cancel()
        return outcome

    async def _work(self, waiting: asyncio.Queue[_Batch], outcome: Outcome) -> None:
        while True:
            batch = await waiting.get()
            for next_batch in await self._call(batch, outcome):
                waiting.put_nowait(next_batch)
            waiting.task_done()

    async def _call(self, batch: _Batch, outcome: Outcome) -> list[_Batch]:
        """Ask once; returns what is to be asked again."""
        if not await self._gate.passed():
            outcome.reasons |= dict.fromkeys(batch.texts, OPEN)
            return []
        mine = {secrets.token_hex(_ID_BYTES): name for name in batch.texts}
        outcome.calls += 1
        try:
            reply = await self._ask({own: batch.texts[name] for own, name in mine.items()}, self._themes)
        except ProviderError as error:
            self._gate.troubled(error)
            return await self._after_trouble(batch, error, outcome)
        self._gate.answered()
        outcome.tokens_in += reply.tokens_in
        outcome.tokens_out += reply.tokens_out
        try:
            answers = read_answers(reply.content, mine, self._themes)
        except Malformed:
            return self._smaller(batch, [*batch.texts], "malformed", outcome)
        outcome.invented += answers.invented
        outcome.results |= {mine[own]: result for own, result in answers.results.items()}
        left = [mine[own] for own in answers.retry]
        return self._smaller(batch, left, next(iter(answers.retry.values())), outcome) if left else []

    async def _after_trouble(self, batch: _Batch, error: ProviderError, outcome: Outcome) -> list[_Batch]:
        if error.trouble not in PASSING:  # refused, or cut off: perhaps for the sake of one text
            if len(batch.texts) == 1:
                outcome.reasons |= dict.fromkeys(batch.texts, error.trouble.value)
                return []
            return self._smaller(batch, [*batch.texts], error.trouble.value, outcome)
        if batch.tried + 1 >= self._bounds.tries:
            outcome.reasons |= dict.fromkeys(batch.texts, error.trouble.value)
            return []
        pause = self._bounds.back_off[min(batch.tried, len(self._bounds.back_off) - 1)]
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
        return [batch.again()]

    def _smaller(self, batch: _Batch, names: list[str], reason: str, outcome: Outcome) -> list[_Batch]:
        if len(names) == 1 and batch.tried + 1 >= self._bounds.tries:
            outcome.reasons[names[0]] = reason
            return []
        return batch.smaller(names)
