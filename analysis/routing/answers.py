"""Answers of remote engines, kept in Redis for all processes, and a note of who is asking what just now.

An answer belongs to a text as it is folded for its fingerprint, to an engine and whatever its version is made of
(model, prompt, themes), never to a batch. No text is stored: the key is a keyed hash, and places in a text are used
only when the very same text is asked about again. An answer does not go stale; it is kept 30 days, give or take, so
that not all go at once. Fallbacks are never kept. While Redis is away everything is asked anew.
"""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from itertools import islice
from typing import Any

import redis
import structlog
from django.conf import settings
from django.core.cache import caches

from analysis.routing.scripts import CacheScript
from analysis.text.fingerprint import fold_for_fingerprint
from perf.metrics import count, track

HITS, MISSES, SAVED = "cache.answers.hits", "cache.answers.misses", "cache.answers.saved_nanodollars"
_DAY = 86_400
_NANO = 1_000_000_000
#: A note that somebody is asking lapses after so long, unless it is renewed: who died must not keep others waiting.
_FLIGHT_MS = 8_000
RENEW_SECONDS = 2.0
_AT_ONCE = 1000
_log = structlog.get_logger(__name__)
_CLAIM = CacheScript("""
local got = {}
for i, key in ipairs(KEYS) do
  got[i] = redis.call('SET', key, '1', 'NX', 'PX', ARGV[1]) and 1 or 0
end
return got
""")
_RENEW = CacheScript("for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[1]) end")
_LAND = CacheScript("return redis.call('UNLINK', unpack(KEYS))")
_FLYING = CacheScript("""
local found = {}
for i, key in ipairs(KEYS) do found[i] = redis.call('EXISTS', key) end
return found
""")


@dataclass(frozen=True, slots=True)
class Kept:
    """A result, the hash of the very text it was given for, and what it cost in US dollars."""

    result: Mapping[str, Any]
    text_hash: str
    cost: Decimal

    @staticmethod
    def of(text: str, result: Mapping[str, Any], cost: Decimal) -> Kept:
        """What is kept of an answer."""
        return Kept(result, _hash(text), cost)

    def is_of(self, text: str) -> bool:
        """Whether it was given for this very text."""
        return self.text_hash == _hash(text)


def key_of(text: str) -> str:
    """What texts that mean the same to an engine have in common: a keyed hash, 32 hex digits."""
    return _hash(fold_for_fingerprint(text) or text)


def find(label: str, keys: Collection[str], *, counted: bool = True) -> dict[str, Kept]:
    """The answers that are known, by key; what was found and what was not is counted."""
    if not keys or not settings.ANSWERS_KEPT_DAYS:
        return {}
    with track("cache.get"):
        known = caches["answers"].get_many([f"{label}:{key}" for key in keys])
    found = {
        name.rsplit(":", 1)[1]: Kept(entry["result"], entry["text"], Decimal(entry["cost"]))
        for name, entry in known.items()
    }
    if counted:
        _count(len(found), len(keys) - len(found), sum((one.cost for one in found.values()), Decimal(0)))
    return found


def keep(label: str, answers: Mapping[str, Kept], *, done: Iterable[str] = ()) -> None:
    """Keep answers by key, and say of all that are ``done`` that nobody is asking any more."""
    if answers and settings.ANSWERS_KEPT_DAYS:
        entries = {
            f"{label}:{key}": {"result": dict(one.result), "text": one.text_hash, "cost": str(one.cost),
                               "at": int(time.time())}
            for key, one in answers.items()
        }  # fmt: skip
        seconds = settings.ANSWERS_KEPT_DAYS * _DAY * random.uniform(0.9, 1.0)  # noqa: S311 - jitter
        with track("cache.set"):
            caches["answers"].set_many(entries, timeout=int(seconds))
    land(label, done)


def claim(label: str, keys: Collection[str]) -> set[str]:
    """Those of the keys that nobody is asking about: the caller does. All of them when nobody can tell."""
    if not keys or not settings.SINGLE_FLIGHT:
        return set(keys)
    try:
        got = _CLAIM([_flight(label, key) for key in keys], [_FLIGHT_MS])
    except redis.RedisError:
        return set(keys)
    return {key for key, mine in zip(keys, got, strict=True) if mine}


def renew(label: str, keys: Collection[str]) -> None:
    """Somebody is still asking about these; due every ``RENEW_SECONDS``."""
    if not keys or not settings.SINGLE_FLIGHT:
        return
    try:
        _RENEW([_flight(label, key) for key in keys], [_FLIGHT_MS])
    except redis.RedisError:
        return  # at worst somebody else asks too


def land(label: str, keys: Iterable[str]) -> None:
    """Nobody is asking about these any more."""
    flights = [_flight(label, key) for key in keys]
    if not flights or not settings.SINGLE_FLIGHT:
        return
    try:
        _LAND(flights, [])
    except redis.RedisError:
        return  # they lapse by themselves


def flying(label: str, keys: Collection[str]) -> set[str]:
    """Those of the keys that somebody is asking about."""
    if not keys:
        return set()
    try:
        found = _FLYING([_flight(label, key) for key in keys], [])
    except redis.RedisError:
        return set()
    return {key for key, there in zip(keys, found, strict=True) if there}


def forget(label: str = "") -> int:
    """Forget the answers of one engine's version (``llm-*`` for all of an engine's), or all; returns how many.

    Some at a time, so that nobody waits long for Redis; while it is away, those that were reached.
    """
    client: Any = caches["answers"].client  # type: ignore[attr-defined]
    connection, gone = client.get_client(write=True), 0
    try:
        keys = connection.scan_iter(match=client.make_pattern(f"{label}:*" if label else "*"), count=_AT_ONCE)
        while some := list(islice(keys, _AT_ONCE)):
            gone += connection.unlink(*some)
    except redis.RedisError as error:
        _log.warning("answers_not_forgotten", error=type(error).__name__, forgotten=gone)
    return gone


def _count(hits: int, misses: int, saved: Decimal) -> None:
    if hits:
        count(HITS, hits)
        count(SAVED, int(saved * _NANO))
    if misses:
        count(MISSES, misses)


def _flight(label: str, key: str) -> str:
    return f"flight:{label}:{key}"


def _hash(text: str) -> str:
    return blake2b(text.encode(), key=settings.PSEUDONYM_KEY.encode()[:64], digest_size=16).hexdigest()
