"""What the Redis servers should be set to: one for queue, cache and metrics, or one for each."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

import redis
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from perf.resources.doctor.findings import Reading, Rule, Severity, at_least, at_most, one_of, percent, size
from perf.resources.doctor.registry import register

PINGS = 20
_PATIENCE = 2.0
_CONFIGURED = ("maxmemory", "maxmemory-policy", "appendonly", "timeout", "tcp-keepalive")
_KEEPING = ("noeviction", "volatile-lru", "volatile-lfu", "volatile-ttl", "volatile-random")


def read_redis() -> dict[str, Any]:
    """By the keys of the rules; of several servers the worst value counts."""
    uses = {"queue": settings.REDIS_QUEUE_URL, "cache": settings.REDIS_CACHE_URL, "metrics": settings.REDIS_METRICS_URL}
    seen = {use: _one(url) for use, url in uses.items()}
    servers = list(seen.values())
    worst = {
        "version": min(each["version"] for each in servers),
        "latency_ms": max(each["latency_ms"] for each in servers),
        "taken": max((each["taken"] for each in servers if each["taken"] is not None), default=None),
        "maxmemory": min((each["maxmemory"] for each in servers if each["maxmemory"] is not None), default=None),
        "timeout": max((each["timeout"] for each in servers if each["timeout"] is not None), default=None),
        "appendonly": seen["queue"]["appendonly"],
        "rejected": max(each["rejected"] for each in servers),
    }
    return worst | {f"policy_{use}": each["policy"] for use, each in seen.items()}


def _one(url: str) -> dict[str, Any]:
    with _client(url) as client:
        info: Mapping[str, Any] = client.info()
        configured = _configuration(client)
        most = int(configured["maxmemory"]) if "maxmemory" in configured else info.get("maxmemory")
        return {
            "version": int(str(info["redis_version"]).split(".")[0]),
            "latency_ms": _latency(client),
            "maxmemory": most,
            "taken": info["used_memory"] / most if most else None,
            "policy": configured.get("maxmemory-policy", info.get("maxmemory_policy")),
            "appendonly": configured.get("appendonly"),
            "timeout": int(configured["timeout"]) if "timeout" in configured else None,
            "rejected": int(info.get("rejected_connections", 0)),
        }


@contextlib.contextmanager
def _client(url: str) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(
        url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE, decode_responses=True
    )
    try:
        yield client
    finally:
        client.close()


def _configuration(client: redis.Redis) -> Mapping[str, str]:
    """Nothing where CONFIG is not permitted, as with many who rent Redis out."""
    with contextlib.suppress(redis.ResponseError):
        return {str(name): str(value) for name, value in client.config_get(*_CONFIGURED).items()}
    return {}


def _latency(client: redis.Redis) -> float:
    times = []
    for _each in range(PINGS):
        started = time.perf_counter()
        client.ping()
        times.append(time.perf_counter() - started)
    return 1000 * median(times)


def _set(name: str, value: str) -> str:
    return f"redis-cli CONFIG SET {name} {value}   # and in redis.conf"


def _not_everything(value: str, reading: Reading) -> bool:
    return value in _KEEPING


_POLICY = _set("maxmemory-policy", "volatile-lru")
RULES = (
    Rule("version", "≥ 6", at_least(6),
         _("The commands that limits and answers are kept with came with version 6."), "Redis 6 or newer, or Valkey",
         Severity.BAD),
    Rule("latency_ms", "≤ 2 ms", at_most(2),
         _("Every page asks Redis several times; a far or busy one slows each of them."),
         "redis-cli --latency; a server on the same machine or network", name=_("answer to a ping"),
         show=lambda value: f"{value:.2f} ms"),
    Rule("maxmemory", "> 0", lambda value, _reading: value > 0,
         _("Without a limit a full cache takes the machine's memory, and the kernel ends something else."),
         _set("maxmemory", "256mb"), show=lambda value: size(value) if value else "0"),
    Rule("taken", "< 80 %", lambda value, _reading: value < 0.8,
         _("When memory is full answers are thrown out early; without any to throw out, new jobs are refused."),
         _set("maxmemory", "512mb"), name=_("memory taken"), show=percent),
    Rule("policy_queue", "noeviction, volatile-…", _not_everything,
         _("A policy for all keys throws jobs away when memory is full; the sweeper has to send them again."),
         _POLICY, Severity.BAD, name=_("maxmemory-policy of the queue")),
    Rule("policy_cache", "volatile-…, allkeys-…", lambda value, _reading: value != "noeviction",
         _("With noeviction a full cache keeps old answers and refuses new ones."), _POLICY,
         name=_("maxmemory-policy of the cache")),
    Rule("policy_metrics", "noeviction, volatile-…", _not_everything,
         _("A policy for all keys throws counters away when memory is full."), _POLICY,
         name=_("maxmemory-policy of the metrics")),
    Rule("appendonly", "yes, no", one_of("yes", "no"),
         _("Either will do: PostgreSQL holds the work, and what Redis loses is sent again within seconds."), ""),
    Rule("timeout", "0, ≥ 300 s", lambda value, _reading: value == 0 or value >= 300,
         _("Connections that Redis closes while they rest fail at their next use."), _set("timeout", "0"),
         show=lambda value: f"{value} s"),
    Rule("rejected", "0", at_most(0),
         _("So many connections were turned away since the server began: maxclients is too low."),
         _set("maxclients", "10000"), name=_("connections refused")),
)  # fmt: skip

register("redis", "Redis", RULES, read_redis)
