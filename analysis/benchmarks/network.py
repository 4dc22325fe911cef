"""Engines of the network for a benchmark: one node that only this process asks, and nothing of it left afterwards.

In the ledger its calls cost next to nothing, so that the ledger does all its work and no budget of the installation
is touched; what the calls would cost follows from their tokens.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import F, Sum

from analysis.benchmarks.provider import Served, serving
from analysis.engines.provider import Endpoint
from analysis.models import Algorithm, BudgetScope, NodePool, ProviderCall, ProviderNode, RemoteEngine, Spending
from analysis.routing import answers, cache, lines, nodes
from analysis.routing.ledger import NOBODY, Price, period_key
from analysis.routing.nodes import Node, Pool
from analysis.routing.pipeline import Errand
from analysis.routing.remote import label_of, themes_of
from analysis.routing.router import embedded_engine

_NAME = "benchmark"
_TIMEOUT = 60.0
_NEXT_TO_NOTHING = Price(Decimal("0.000001"), Decimal("0.000001"))


@dataclass(slots=True)
class Network:
    """The provider, and the pool that leads to it; each change of that has this process ask as it says."""

    provider: Served
    pool: Pool

    def use(self, *, batch_size: int = 20, at_once: int = 20) -> Pool:
        """Have texts asked so many a call, with so many calls at once."""
        node = replace(self.pool.nodes[0], at_once=at_once)
        self.pool = replace(self.pool, batch_size=batch_size, nodes=(node,), at_once=at_once)
        nodes.use(self.pool)
        return self.pool

    def forget(self) -> None:
        """Have nothing of what was answered so far in a cache."""
        answers.forget(label_of(self.pool, themes_of(embedded_engine())))
        cache.verdicts.forget()


def ask_all(pool: Pool, texts: Mapping[str, str]) -> None:
    """Have all of the texts, by key, answered through the pool; raises ``RuntimeError`` when some were not."""
    themes = themes_of(embedded_engine())
    errand = Errand(NOBODY, themes, may_leave=True)
    told = lines.ask(pool, errand, label_of(pool, themes), texts, hurry=True)
    answered = sum(one.result is not None for some in told for one in some.values())
    if answered != len(texts):
        raise RuntimeError(f"{answered} of {len(texts)} texts were answered; measured nothing.")


@contextmanager
def network(latency: float, each: float = 0.0, crowd: float = 0.0) -> Iterator[Network]:
    """A provider that answers after so many seconds, more for each text and for their number squared."""
    row, is_new = NodePool.objects.get_or_create(engine=RemoteEngine.LLM)
    ProviderNode.objects.filter(name=_NAME).delete()
    # Not in use: no other process ever calls it. The ledger's lines need it.
    node = ProviderNode.objects.create(name=_NAME, pool=row, base_url="http://127.0.0.1/v1", is_enabled=False)
    try:
        with serving(latency, each, crowd) as provider:
            own = Network(provider, _pool(node, provider.address))
            own.use()
            yield own
            own.forget()
    finally:
        lines.end()
        nodes.look_again()
        _take_back(node)
        node.delete()
        if is_new:
            row.delete()


def _take_back(node: ProviderNode) -> None:
    """The node's calls, and what they added to the day and the month."""
    calls = ProviderCall.objects.filter(node=node)
    for day, cost in list(calls.order_by().values_list("day").annotate(Sum("cost"))):
        for scope in (BudgetScope.DAY, BudgetScope.MONTH):
            spent = Spending.objects.filter(scope=scope, key=period_key(scope, day))
            spent.update(committed=F("committed") - cost)
    calls.delete()


def _pool(node: ProviderNode, address: str) -> Pool:
    model = f"{_NAME}-{secrets.token_hex(4)}"  # no answer of an earlier run is one of this
    engine = str(RemoteEngine.LLM)
    alone = Node(
        node.pk, node.name, engine, Endpoint(address, "", model, _TIMEOUT), weight=1, at_once=20, calls_per_minute=None,
        is_draining=False, is_abroad=False, trouble="", cpu=0.0, memory=0.0,
    )  # fmt: skip
    return Pool(
        engine, model, _NEXT_TO_NOTHING, str(Algorithm.WEIGHTED_ROUND_ROBIN), sure_from=0.6, batch_size=20,
        is_adaptive=False, served_version="", nodes=(alone,),
    )  # fmt: skip
