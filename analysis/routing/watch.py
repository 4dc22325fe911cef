"""Looks at every node every few seconds, so that one that is away is left alone before anybody's comments meet it.

What it finds is in the node's row: the admin shows it, and all processes follow it. Nothing is asked that costs money.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from django.conf import settings
from django.db import Error, close_old_connections, connection
from django.utils import timezone

from analysis.engines.provider import Endpoint, Health, ProviderError, Trouble
from analysis.models import NodePool, ProviderNode, RemoteEngine
from analysis.routing.nodes import endpoint_of, make_provider

_PATIENCE_SECONDS = 5.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a node found: ``trouble`` is "" when it answered, in ``milliseconds``."""

    health: Health
    trouble: str
    milliseconds: float


class Watch(threading.Thread):
    """Looks until stopped; a database that is away is tried again at the next round."""

    def __init__(self) -> None:
        super().__init__(name="nodes", daemon=True)
        self.stopped = threading.Event()

    def run(self) -> None:
        """One round after the other."""
        while True:
            close_old_connections()
            try:
                look_at_all()
            except Error as error:
                _log.warning("nodes_not_seen", error=type(error).__name__)
                connection.close()
            if self.stopped.wait(settings.NODE_CHECK_SECONDS):
                break
        connection.close()


def look_at_all() -> int:
    """Look at every node in use, all at once, and note what is found; returns how many answered."""
    nodes = list(ProviderNode.objects.filter(is_enabled=True).select_related("pool", "pool__model"))
    if not nodes:
        return 0
    looks = _in_a_loop_of_its_own(nodes)
    found = list(zip(nodes, looks, strict=True))
    served = {
        pool.pk: _learn_version(pool, [(node, look) for node, look in found if node.pool_id == pool.pk])
        for pool in {node.pool for node in nodes if node.pool.engine == RemoteEngine.REMOTE}
    }
    for node, look in found:
        other = node.pool_id in served and not look.trouble and look.health.version != served[node.pool_id]
        ProviderNode.objects.filter(pk=node.pk).update(
            checked_at=timezone.now(), check_trouble="other_version" if other else look.trouble,
            check_ms=look.milliseconds, cpu=look.health.cpu, memory=look.health.memory,
        )  # fmt: skip
    return sum(not look.trouble for look in looks)


def _learn_version(pool: NodePool, found: Sequence[tuple[ProviderNode, Look]]) -> str:
    """The pool labels with the version that most of the nodes that answered say; the one of before where they tie."""
    versions = [look.health.version for _node, look in found if not look.trouble and look.health.version]
    if not versions:
        return pool.served_version
    chosen = max(sorted(set(versions)), key=lambda one: (versions.count(one), one == pool.served_version))
    if chosen != pool.served_version:
        pool.served_version = chosen
        pool.save(update_fields=["served_version"])
    return chosen


def _in_a_loop_of_its_own(nodes: Sequence[ProviderNode]) -> list[Look]:
    async def all_at_once() -> list[Look]:
        return await asyncio.gather(*(_look(node) for node in nodes))

    return asyncio.run(all_at_once())


async def _asked(engine: str, endpoint: Endpoint) -> Health:
    provider = make_provider(engine, endpoint)
    try:
        return await provider.check()
    finally:
        await provider.close()


async def _look(node: ProviderNode) -> Look:
    endpoint = replace(endpoint_of(node, ""), timeout=min(node.timeout_seconds, _PATIENCE_SECONDS))
    started = time.perf_counter()
    try:
        health, trouble = await _asked(node.pool.engine, endpoint), ""
    except ProviderError as error:
        health, trouble = Health(), error.trouble.value
    except Exception as error:  # noqa: BLE001 - such as a key that no header can carry: the others are looked at
        _log.warning("node_not_seen", node=node.name, error=type(error).__name__)
        health, trouble = Health(), Trouble.UNREACHABLE.value
    return Look(health, trouble, round((time.perf_counter() - started) * 1000, 1))
