"""Steps that Redis takes as one: Lua scripts on the cache's Redis, for which nobody waits long."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

AVOID_SECONDS = 5.0
_PATIENCE_SECONDS = 0.2
_log = structlog.get_logger(__name__)


def cache_client(patience: float) -> redis.Redis:
    """A client of the cache's Redis that gives up after so many seconds and tries nothing twice."""
    return redis.Redis.from_url(
        settings.REDIS_CACHE_URL,
        socket_timeout=patience,
        socket_connect_timeout=patience,
        retry=Retry(NoBackoff(), 0),
    )


class CacheScript:
    """A script on a connection of its own, which gives up soon, tries nothing twice, and then lets Redis be."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.avoid_until = 0.0

    def __call__(self, keys: Sequence[str], args: Sequence[str | int | float]) -> Any:
        """What the script returns; raises ``redis.RedisError``, at once while Redis is avoided."""
        if time.monotonic() < self.avoid_until:
            raise redis.ConnectionError("Redis did not answer a moment ago")
        try:
            return self._script(keys=keys, args=args)
        except redis.RedisError as error:
            _log.warning("script_without_redis", error=type(error).__name__, seconds=AVOID_SECONDS)
            self.avoid_until = time.monotonic() + AVOID_SECONDS
            raise

    @cached_property
    def _script(self) -> redis.commands.core.Script:
        client = cache_client(_PATIENCE_SECONDS)
        return client.register_script(self._source)
