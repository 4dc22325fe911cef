"""Steps that Redis takes as one: Lua scripts on the cache's Redis, for which nobody waits long."""

from __future__ import annotations

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

_PATIENCE_SECONDS = 0.2


def cache_script(source: str) -> redis.commands.core.Script:
    """The script on a connection of its own, which gives up soon and tries nothing twice."""
    client = redis.Redis.from_url(
        settings.REDIS_CACHE_URL,
        socket_timeout=_PATIENCE_SECONDS,
        socket_connect_timeout=_PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return client.register_script(source)
