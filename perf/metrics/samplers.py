"""Gauges that somebody must look at: the sweeper does, every few seconds. Rooms register what only they can see."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from django.db import connection

from perf.metrics import store
from perf.metrics.buffer import gauge
from perf.metrics.machine import load_a_core, machine_load

Sampler = Callable[[], Mapping[str, float]]
SAMPLED_EVERY_SECONDS = 5.0
_samplers: dict[str, Sampler] = {}
_unseen: set[str] = set()
_log = structlog.get_logger(__name__)


def register_sampler(name: str, look: Sampler) -> None:
    """Have ``look`` called every few seconds; it returns what its gauges show, by name. The same name replaces it."""
    _samplers[name] = look


def sample() -> int:
    """Look at everything, once; returns how many gauges showed something. One that fails hides none of the others."""
    shown: dict[str, float] = {}
    for name, look in _samplers.items():
        try:
            shown.update(look())
            _unseen.discard(name)
        except Exception as error:  # noqa: BLE001 -- whatever it was, the sweeper must live
            if name not in _unseen:  # said once, not every few seconds
                _log.warning("gauge_unseen", sampler=name, error=type(error).__name__)
            _unseen.add(name)
    for name, value in shown.items():
        gauge(name, value)
    return len(shown)


def machine() -> dict[str, float]:
    """Shares of the processor and of the memory in use (0 to 1), and processes that want a core, for each core."""
    processor, memory = machine_load()
    return {"machine.cpu": processor, "machine.memory": memory, "machine.load": load_a_core()}


def postgresql() -> dict[str, float]:
    """Connections in use, those at work of them, and the share (0 to 1) of what the server allows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE state = 'active'), current_setting('max_connections')::int"
            "  FROM pg_stat_activity WHERE backend_type = 'client backend'"
        )
        used, active, most = cursor.fetchone()
    return {"postgresql.connections": used, "postgresql.active": active, "postgresql.connections_share": used / most}


def redis_memory() -> dict[str, float]:
    """Megabytes that Redis holds, and the programs that are connected."""
    facts = store.client().info()
    return {"redis.memory_mb": facts["used_memory"] / 1e6, "redis.clients": facts["connected_clients"]}


def register_own() -> None:
    """What the instruments see by themselves."""
    register_sampler("machine", machine)
    register_sampler("postgresql", postgresql)
    register_sampler("redis", redis_memory)
