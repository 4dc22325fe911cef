"""How many answers are kept in Redis, and how much memory they take; bounded work, however many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis
from django.core.cache import caches

from analysis.routing.scripts import cache_client

_ROUNDS, _AT_ONCE = 100, 1000
_WEIGHED = 100
_PATIENCE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Stock:
    """Answers and the bytes they take, keys included; ``by_label`` counts them by what they were asked of.

    Bytes are those of a hundred answers times how many there are. ``is_estimate``: there are more keys than were
    looked at (100,000), and counts are drawn up to all of them.
    """

    entries: int
    bytes: int
    by_label: Mapping[str, int]
    is_estimate: bool


def stock() -> Stock | None:
    """What is kept; None while Redis does not answer."""
    try:
        with cache_client(_PATIENCE_SECONDS) as client:
            return _count(client)
    except redis.RedisError:
        return None


def _count(client: Any) -> Stock:
    prefix = _prefix()
    cursor, seen, keys = 0, 0, []
    for _round in range(_ROUNDS):
        cursor, found = client.scan(cursor, match=f"{prefix}*", count=_AT_ONCE)
        seen += _AT_ONCE
        keys += found
        if not cursor:
            break
    factor = max(1.0, client.dbsize() / seen) if cursor else 1.0
    sample = keys[:: max(1, len(keys) // _WEIGHED)][:_WEIGHED]
    weighed = client.pipeline(transaction=False)
    for key in sample:
        weighed.memory_usage(key)
    sizes = [size for size in weighed.execute() if size] if sample else []
    entries = round(len(keys) * factor)
    labels = Counter(key.decode().removeprefix(prefix).rsplit(":", 1)[0] for key in keys)
    return Stock(
        entries,
        round(sum(sizes) / len(sizes) * entries) if sizes else 0,
        {label: round(n * factor) for label, n in labels.most_common()},
        is_estimate=bool(cursor),
    )


def _prefix() -> str:
    """What all keys of the cache of answers begin with."""
    made: str = caches["answers"].make_key("")
    return made
