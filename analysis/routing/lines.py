"""The line to each remote engine: one event loop in a thread of its own for each process, shared by all its threads.

Callers hand over texts and get answers as they come. What comes back is kept in the cache by the line itself, so that
it is not lost when the caller has gone.
"""

from __future__ import annotations

import asyncio
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from queue import Empty, SimpleQueue
from typing import ParamSpec, TypeVar

import structlog
from django.conf import settings
from django.db import close_old_connections, connection

from analysis.routing import ledger
from analysis.routing.answers import RENEW_SECONDS, Kept, keep, land, renew
from analysis.routing.balancer import Balancer
from analysis.routing.batcher import Batcher, next_size
from analysis.routing.breaker import Breaker
from analysis.routing.cashier import Cashier
from analysis.routing.ledger import Payer, Planned
from analysis.routing.limit import Limit
from analysis.routing.live import Gate, LiveNode, LiveNodes
from analysis.routing.nodes import Node, Pool, make_provider
from analysis.routing.pace import Pace
from analysis.routing.pipeline import Bounds, Errand, Pipeline, Told
from perf import tunables
from perf.resources.connections import give_back

CALLS_AT_ONCE = "worker_threads"
_BREATH_SECONDS, _LOOK_SECONDS = 1.0, 1.0
_log = structlog.get_logger(__name__)
P = ParamSpec("P")
T = TypeVar("T")


class Books:
    """The ledger, kept by one thread with one connection, so that no call waits inside a transaction."""

    def __init__(self) -> None:
        self._clerk = ThreadPoolExecutor(1, thread_name_prefix="ledger")

    async def reserve(self, call: Planned, payer: Payer) -> uuid.UUID:
        """As ``ledger.reserve``."""
        return await self._do(ledger.reserve, call, payer)

    async def settle(
        self, line: uuid.UUID, *, tokens_in: int, tokens_out: int, cost: Decimal, trouble: str = ""
    ) -> None:
        """As ``ledger.settle``."""
        await self._do(ledger.settle, line, tokens_in=tokens_in, tokens_out=tokens_out, cost=cost, trouble=trouble)

    async def release(self, line: uuid.UUID, trouble: str) -> None:
        """As ``ledger.release``."""
        await self._do(ledger.release, line, trouble)

    async def assume(self, line: uuid.UUID, trouble: str) -> None:
        """As ``ledger.assume``."""
        await self._do(ledger.assume, line, trouble)

    def close(self) -> None:
        """Let go of the connection, after what is being written."""
        self._clerk.submit(lambda: connection.close())  # of that thread
        self._clerk.shutdown()

    async def _do(self, action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        work = partial(_with_connection, action, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._clerk, work)


def _with_connection(action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    close_old_connections()
    try:
        return action(*args, **kwargs)
    finally:
        give_back()


class Line:
    """One remote engine; all methods run in the loop."""

    def __init__(self, engine: str, pool: Pool, books: Books) -> None:
        self.engine = engine
        self._pool, self._size = pool, pool.batch_size
        self._nodes, self._cashier = LiveNodes(Balancer(pool.algorithm)), Cashier(books, pool.price)
        self._limit = Limit(self._at_once())
        self._pipeline = Pipeline(
            nodes=self._nodes, cashier=self._cashier, bounds=Bounds(), took=self._took, limit=self._limit
        )
        self._batcher: Batcher[tuple[Errand, str], Told] = Batcher(self._run, self._batch_size)
        self._closing: set[asyncio.Task[None]] = set()
        self._connect(pool)
        loop = asyncio.get_running_loop()
        self._upkeep = [loop.create_task(self._renew()), loop.create_task(self._follow_the_knob())]

    def submit(
        self, pool: Pool, errand: Errand, label: str, texts: Mapping[str, str], heard: SimpleQueue[tuple[str, Told]],
        *, hurry: bool,
    ) -> None:  # fmt: skip
        """Have texts labelled, by key; what becomes of each is put into ``heard``."""
        self._follow(pool)
        keys = list(texts)
        for key in keys:
            last = hurry and key == keys[-1]
            asked = self._batcher.submit((errand, label), key, texts[key], hurry=last)
            asked.add_done_callback(partial(_hear, heard, key))

    def stop(self) -> None:
        """Send nothing more."""
        self._nodes.is_stopped = True

    async def close(self) -> None:
        """Nobody waits any more: let go of the connections."""
        for task in self._upkeep:
            task.cancel()
        nodes = self._nodes.known.values()
        await asyncio.gather(*(live.provider.close() for live in nodes), return_exceptions=True)

    async def _run(self, kind: tuple[Errand, str], texts: Mapping[str, str]) -> None:
        errand, label = kind

        async def tell(answers: Mapping[str, Told]) -> None:
            good = {key: Kept.of(texts[key], one.result, one.cost) for key, one in answers.items() if one.result}
            await asyncio.to_thread(keep, label, good, done=[*answers])
            for key, one in answers.items():
                self._batcher.tell(kind, key, one)

        try:
            await self._pipeline.run(errand, texts, tell)
        except Exception:
            await asyncio.to_thread(land, label, [*texts])  # others need not wait for what never comes
            raise

    def _batch_size(self) -> int:
        """No more than every node takes at a time."""
        if not settings.REQUEST_BATCHING:
            return 1
        return min([self._size, *(live.provider.most_texts for live in self._nodes.known.values())])

    async def _renew(self) -> None:
        """As long as this process lives, others know what it is asking about."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            for (_errand, label), keys in self._batcher.asked().items():
                await asyncio.to_thread(renew, label, keys)

    async def _follow_the_knob(self) -> None:
        """Also while everything is handed over already and only waits for its turn."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self._limit.resize(self._at_once())

    def _at_once(self) -> int:
        return self._pool.at_once or int(tunables.value(CALLS_AT_ONCE))

    def _took(self, seconds: float) -> None:
        if self._pool.is_adaptive and settings.BATCH_ADAPTIVE:
            self._size = next_size(self._batch_size(), seconds)

    def _follow(self, pool: Pool) -> None:
        """See what was changed in the admin."""
        if pool == self._pool:
            return
        if pool.batch_size != self._pool.batch_size or not pool.is_adaptive:
            self._size = pool.batch_size
        if pool.algorithm != self._pool.algorithm:
            self._nodes.balancer = Balancer(pool.algorithm)
        self._cashier.price = pool.price
        self._pool = pool
        self._limit.resize(self._at_once())
        self._connect(pool)

    def _connect(self, pool: Pool) -> None:
        """Nodes that stay as they are keep their connections, and what is known of them."""
        before, now = self._nodes.known, {}
        for node in pool.nodes:
            known = before.get(node.name)
            if known is None or _wiring(known.node) != _wiring(node):
                pace = Pace(str(node.id), node.calls_per_minute) if node.calls_per_minute else None
                gate = Gate(Breaker(str(node.id)), pace)
                known = LiveNode(node, make_provider(node.engine, node.endpoint), gate)
            known.node = node
            now[node.name] = known
        self._nodes.known = now
        for gone in set(before.values()) - set(now.values()):
            # What it has in hand may take as long as a call may.
            asyncio.get_running_loop().call_later(gone.node.endpoint.timeout, self._close, gone)

    def _close(self, gone: LiveNode) -> None:
        closing = asyncio.get_running_loop().create_task(gone.provider.close())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


class Exchange:
    """The lines of this process."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.loop = asyncio.new_event_loop()
        self._books = Books()
        self._lines: dict[str, Line] = {}
        threading.Thread(target=self.loop.run_forever, name="providers", daemon=True).start()

    def ask(
        self, pool: Pool, errand: Errand, label: str, texts: Mapping[str, str], *, hurry: bool
    ) -> SimpleQueue[tuple[str, Told]]:
        """Hand texts over, by key."""
        heard: SimpleQueue[tuple[str, Told]] = SimpleQueue()

        def hand_over() -> None:
            try:
                line = self._lines.get(pool.engine)
                if line is None:
                    line = self._lines[pool.engine] = Line(pool.engine, pool, self._books)
                line.submit(pool, errand, label, texts, heard, hurry=hurry)
            except Exception as error:  # noqa: BLE001 - the caller waits for an answer to each text
                _log.exception("line_broken", engine=pool.engine)
                for key in texts:
                    heard.put((key, Told(reason=type(error).__name__)))

        self.loop.call_soon_threadsafe(hand_over)
        return heard

    def stop(self) -> None:
        """Send nothing more; what is on its way still arrives."""
        for line in self._lines.values():
            self.loop.call_soon_threadsafe(line.stop)

    def end(self) -> None:
        """Let go of everything; what is on its way is lost."""
        self._books.close()
        asyncio.run_coroutine_threadsafe(self._let_go(), self.loop)

    async def _let_go(self) -> None:
        await asyncio.gather(*(line.close() for line in self._lines.values()), return_exceptions=True)
        self.loop.stop()


_exchange: Exchange | None = None
_lock = threading.Lock()


def ask(
    pool: Pool, errand: Errand, label: str, texts: Mapping[str, str], *, hurry: bool = False
) -> Iterator[dict[str, Told]]:
    """What becomes of each text, by key, as it is known; {} about every second while nothing is.

    ``label`` is what answers are cached under. In a ``hurry`` the last batch does not wait to be filled by others.
    """
    heard = _running().ask(pool, errand, label, texts, hurry=hurry)
    left = len(texts)
    while left:
        found: dict[str, Told] = {}
        try:
            key, one = heard.get(timeout=_BREATH_SECONDS)
            found[key] = one
            while len(found) < left:
                key, one = heard.get_nowait()
                found[key] = one
        except Empty:
            pass
        left -= len(found)
        yield found


def stop() -> None:
    """This process is about to end: send nothing more."""
    if _exchange is not None and _exchange.pid == os.getpid():
        _exchange.stop()


def end() -> None:
    """This process is done with engines of the network; whoever asks again begins anew."""
    global _exchange
    with _lock:
        if _exchange is not None and _exchange.pid == os.getpid():
            _exchange.stop()
            _exchange.end()
        _exchange = None


def _running() -> Exchange:
    """The exchange of this process; one that was forked makes its own."""
    global _exchange
    with _lock:
        if _exchange is None or _exchange.pid != os.getpid():
            _exchange = Exchange()
        return _exchange


def _wiring(node: Node) -> tuple[object, ...]:
    """What of a node decides how it is called."""
    return node.id, node.endpoint, node.at_once, node.calls_per_minute


def _hear(heard: SimpleQueue[tuple[str, Told]], key: str, asked: asyncio.Future[Told]) -> None:
    error = asked.exception()
    heard.put((key, Told(reason=type(error).__name__) if error else asked.result()))
