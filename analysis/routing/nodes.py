"""The nodes that may be called, as the admin set them up; some seconds old at most, so that calls ask no database."""

from __future__ import annotations

import math
import os
import time
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from analysis.engines.provider import Endpoint, Provider
from analysis.models import Algorithm, NodePool, ProviderNode, RemoteEngine
from analysis.routing.ledger import Price
from perf import tunables

BATCH_SIZE = "batch_size"
_seen: dict[str, tuple[float, Pool | None]] = {}


@dataclass(frozen=True, slots=True)
class Node:
    """One endpoint; ``trouble`` is what the last look at it found, "" when it answered. ``cpu``, ``memory``: 0..1."""

    id: uuid.UUID
    name: str
    engine: str
    endpoint: Endpoint
    weight: int
    at_once: int
    calls_per_minute: int | None
    is_draining: bool
    is_abroad: bool
    trouble: str
    cpu: float
    memory: float

    def takes(self, *, may_leave: bool) -> bool:
        """Whether it is to be called, for texts that may leave the country or not."""
        return not self.trouble and not self.is_draining and (may_leave or not self.is_abroad)


@dataclass(frozen=True, slots=True)
class Pool:
    """What the nodes of an engine share, and the nodes in use; ``at_once`` None: as many calls as the knob says."""

    engine: str
    model: str
    price: Price
    algorithm: str
    sure_from: float
    batch_size: int
    is_adaptive: bool
    served_version: str
    nodes: tuple[Node, ...]
    at_once: int | None = None

    @property
    def is_abroad(self) -> bool:
        """Whether comments may leave the country."""
        return any(node.is_abroad for node in self.nodes)

    @property
    def is_set_up(self) -> bool:
        """Whether there is anybody to ask, for what."""
        return bool(self.nodes) and bool(self.model if self.engine == RemoteEngine.LLM else self.served_version)


def pool_of(engine: str) -> Pool | None:
    """The pool of a remote engine; None when nobody has made one."""
    at, pool = _seen.get(engine, (0.0, None))
    if not at or time.monotonic() - at >= settings.ENGINE_SEEN_SECONDS:
        pool = _read(engine)
        _seen[engine] = (time.monotonic(), pool)
    return tuned(pool) if pool and at < math.inf else pool


def tuned(pool: Pool) -> Pool:
    """The pool with the batch size of the knob, once that is in force: then no other rule changes it."""
    if not tunables.is_in_force(BATCH_SIZE):
        return pool
    return replace(pool, batch_size=int(tunables.value(BATCH_SIZE)), is_adaptive=False)


def look_again() -> None:
    """Have this process see what was changed."""
    _seen.clear()


def use(pool: Pool) -> None:
    """Have this process, and no other, ask these nodes until it looks again, whatever the admin says."""
    _seen[pool.engine] = (math.inf, pool)


def endpoint_of(node: ProviderNode, model: str) -> Endpoint:
    """Where the node is, with its key; ``model`` is what it is asked for: a language model, or a version of labels."""
    key = os.environ.get(node.key_variable, "") if node.key_variable else ""
    return Endpoint(node.base_url, key, model, node.timeout_seconds)


def make_provider(engine: str, endpoint: Endpoint) -> Provider:
    """Who speaks to the endpoint in its language; the event loop that runs now owns it."""
    if engine == RemoteEngine.LLM:
        from analysis.engines.llm.client import Client

        return Client(endpoint)
    from analysis.engines.remote.client import RemoteClient

    return RemoteClient(endpoint)


def _read(engine: str) -> Pool | None:
    row = NodePool.objects.select_related("model").filter(engine=engine).first()
    if row is None:
        return None
    model = row.model.name if row.model else ""
    wanted = model if engine == RemoteEngine.LLM else row.served_version
    price = Price(row.model.price_in, row.model.price_out) if row.model else Price()
    nodes = tuple(_node(node, engine, wanted) for node in row.nodes.filter(is_enabled=True).order_by("name"))
    return Pool(
        engine, model, price, str(Algorithm(row.algorithm)), row.sure_from, row.batch_size, row.is_adaptive,
        row.served_version, nodes,
    )  # fmt: skip


def _node(node: ProviderNode, engine: str, model: str) -> Node:
    """What it said long ago counts for nothing."""
    fresh = node.checked_at is not None and node.checked_at > timezone.now() - timedelta(
        seconds=settings.NODE_CHECK_SECONDS * 6
    )
    return Node(
        node.pk, node.name, engine, endpoint_of(node, model), node.weight, node.at_once, node.calls_per_minute,
        node.is_draining, node.is_abroad, node.check_trouble if fresh else "", (fresh and node.cpu) or 0.0,
        (fresh and node.memory) or 0.0,
    )  # fmt: skip
