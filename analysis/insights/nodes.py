"""The nodes as they are now: what the last look at them said, what their breaker says, and their part of the calls.

Admin, page and API show these same states. No key, and no name of the variable that holds one, is among them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.utils import timezone

from analysis.engines.provider import PASSING
from analysis.models import ProviderCall, ProviderNode
from analysis.routing.balancer import Candidate
from analysis.routing.breaker import Breaker, State

#: A look that is older than so many rounds says nothing any more; the router goes by the same rule.
STALE_ROUNDS = 6


class Condition(StrEnum):
    """A node in one word, the gravest that is true of it."""

    OFF = "off"
    DRAINING = "draining"
    AWAY = "away"
    OPEN = "open"
    HALF_OPEN = "half_open"
    QUIET = "quiet"
    UNSEEN = "unseen"
    WELL = "well"


#: Conditions in which a node gets no call.
_WITHOUT_CALLS = frozenset({Condition.OFF, Condition.DRAINING, Condition.AWAY, Condition.OPEN})


@dataclass(frozen=True, slots=True)
class Work:
    """Calls to a node in the last hour; ``failed`` are those that ended in trouble of the node's own."""

    calls: int = 0
    items: int = 0
    failed: int = 0

    @property
    def success(self) -> float:
        """Share of calls, 0 to 1, that were answered; 1 while there were none."""
        return 1.0 - self.failed / self.calls if self.calls else 1.0


@dataclass(frozen=True, slots=True)
class NodeState:
    """A node now. ``trouble`` is "" while the last look was answered, in ``check_ms``; ``cpu``, ``memory``: 0 to 1.

    ``share`` is its part, 0 to 1, of its pool's calls in the last hour, None while there were none;
    ``effective_weight`` is what its weight comes to by load and success, 0 while it gets no call.
    """

    id: uuid.UUID
    name: str
    engine: str
    condition: Condition
    weight: int
    effective_weight: float
    is_enabled: bool
    is_draining: bool
    is_abroad: bool
    checked_at: datetime | None
    trouble: str
    check_ms: float | None
    cpu: float | None
    memory: float | None
    breaker: State
    wait: float
    work: Work
    share: float | None


def node_states(nodes: Iterable[ProviderNode] | None = None) -> list[NodeState]:
    """The state of each node (all of them, by pool and name, unless some are given); two queries at most."""
    if nodes is None:
        nodes = ProviderNode.objects.select_related("pool").order_by("pool__engine", "name")
    work = work_of_the_hour()
    pools: dict[uuid.UUID, int] = {}
    for pool_id, _node_id in work:
        pools[pool_id] = sum(done.calls for (pool, _node), done in work.items() if pool == pool_id)
    return [_state(node, work.get((node.pool_id, node.pk), Work()), pools.get(node.pool_id, 0)) for node in nodes]


def work_of_the_hour() -> dict[tuple[uuid.UUID, uuid.UUID], Work]:
    """What each node was asked in the last hour, by pool and node."""
    since = timezone.now() - timedelta(hours=1)
    failed = Q(trouble__in=[trouble.value for trouble in PASSING])
    rows = (
        # The day is there for its index; the moment alone has none.
        ProviderCall.objects.filter(day__gte=timezone.localdate(since), created_at__gte=since, node__isnull=False)
        .order_by()
        .values_list("node__pool_id", "node_id")
        .annotate(calls=Count("pk"), texts=Sum("items"), failed=Count("pk", filter=failed))
    )
    return {(pool, node): Work(calls, texts, troubled) for pool, node, calls, texts, troubled in rows}


def condition_of(
    *, is_enabled: bool, is_draining: bool, trouble: str, is_fresh: bool, breaker: State
) -> Condition:  # fmt: skip
    """The gravest that is true."""
    if not is_enabled:
        return Condition.OFF
    if is_draining:
        return Condition.DRAINING
    if is_fresh and trouble:
        return Condition.AWAY
    if breaker is not State.CLOSED:
        return Condition(breaker.value)
    return Condition.WELL if is_fresh else Condition.UNSEEN


def is_fresh(checked_at: datetime | None) -> bool:
    """Whether what was found then still counts."""
    return checked_at is not None and checked_at > timezone.now() - timedelta(
        seconds=settings.NODE_CHECK_SECONDS * STALE_ROUNDS
    )


def _state(node: ProviderNode, work: Work, calls_of_pool: int) -> NodeState:
    fresh, leave = is_fresh(node.checked_at), Breaker(str(node.pk)).look()
    condition = condition_of(
        is_enabled=node.is_enabled, is_draining=node.is_draining, trouble=node.check_trouble, is_fresh=fresh,
        breaker=leave.state,
    )  # fmt: skip
    cpu, memory = (node.cpu or 0.0, node.memory or 0.0) if fresh else (0.0, 0.0)
    weight = Candidate(node.name, node.weight, 0, cpu, memory, work.success).share
    return NodeState(
        node.pk, node.name, node.pool.engine, condition, node.weight,
        0.0 if condition in _WITHOUT_CALLS else round(weight, 3), node.is_enabled, node.is_draining, node.is_abroad,
        node.checked_at, node.check_trouble, node.check_ms, node.cpu, node.memory, leave.state, leave.wait, work,
        work.calls / calls_of_pool if calls_of_pool else None,
    )  # fmt: skip
