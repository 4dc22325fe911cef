"""Since when a service does not answer, as this process sees it: what is away cannot be asked to remember that."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

_SECONDS = 0.5
_away_since: dict[str, datetime] = {}


def away_minutes(now: datetime) -> dict[str, float]:
    """For how long each Redis did not answer when asked; 0 for one that does."""
    minutes: dict[str, float] = {}
    for name, url in _services().items():
        if _answers(url):
            _away_since.pop(name, None)
        else:
            _away_since.setdefault(name, now)
        minutes[name] = (now - _away_since.get(name, now)) / timedelta(minutes=1)
    return minutes


def _services() -> dict[str, str]:
    return {
        "redis.queue": settings.REDIS_QUEUE_URL,
        "redis.cache": settings.REDIS_CACHE_URL,
        "redis.metrics": settings.REDIS_METRICS_URL,
    }


def _answers(url: str) -> bool:
    try:
        return bool(_client(url).ping())
    except redis.RedisError:
        return False


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS, retry=Retry(NoBackoff(), 0)
    )
