"""The cache's connection to Redis, which leaves a Redis that does not answer alone for a while.

Without it every request would wait out the time limit of each of its reads and writes of the cache.
"""

from __future__ import annotations

import time
from typing import Any, ClassVar

import redis
import structlog
from django_redis.compressors.zstd import ZStdCompressor
from redis.client import Pipeline

AVOID_SECONDS = 5.0
_TROUBLE = (redis.ConnectionError, redis.TimeoutError)
_log = structlog.get_logger(__name__)


class CautiousRedis(redis.Redis):
    """After a failure the whole process does without Redis; then one call at a time tries whether it is back."""

    _avoid_until: ClassVar[float] = 0.0

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Run a command, or raise ConnectionError at once while Redis is avoided."""
        self._refuse_while_avoided()
        try:
            answer = super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except _TROUBLE as error:
            self._avoid()
            _log.warning("cache_avoided", error=type(error).__name__, seconds=AVOID_SECONDS)
            raise
        type(self)._avoid_until = 0.0
        return answer

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:
        """A pipeline, or ConnectionError at once while Redis is avoided."""
        self._refuse_while_avoided()
        return super().pipeline(transaction, shard_hint)

    def _refuse_while_avoided(self) -> None:
        """Whoever comes when the time is over tries for all, who avoid Redis until that one has an answer."""
        if self._avoid_until:
            if time.monotonic() < self._avoid_until:
                raise redis.ConnectionError("Redis did not answer a moment ago")
            self._avoid()

    def _avoid(self) -> None:
        type(self)._avoid_until = time.monotonic() + AVOID_SECONDS


class LongValuesCompressor(ZStdCompressor):  # type: ignore[misc]
    """zstd for what is longer than a thousand bytes; less is not worth the time."""

    min_length = 1000
