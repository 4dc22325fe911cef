"""So many requests a minute, exactly: an atomic counter in Redis, and in PostgreSQL while Redis is away.

A window begins with its first request and is counted by one atomic statement, so that of 50 requests at once
against a limit of 10 exactly 10 pass. The two counters know nothing of each other: a window in which Redis is
lost may let through up to twice the limit, never more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import redis
import structlog
from django.conf import settings
from django.db import connection
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from analysis.models import ApiToken
from analysis.routing.scripts import CacheScript

_COUNT_IN_REDIS = """
local hits = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  left = tonumber(ARGV[1])
  redis.call('PEXPIRE', KEYS[1], left)
end
return {hits, left}
"""
_COUNT_IN_POSTGRES = """
INSERT INTO api_rate_windows AS w (key, hits, ends_at)
VALUES (%(key)s, 1, clock_timestamp() + make_interval(secs => %(window)s))
ON CONFLICT (key) DO UPDATE SET
       hits = CASE WHEN w.ends_at <= clock_timestamp() THEN 1 ELSE w.hits + 1 END,
       ends_at = CASE WHEN w.ends_at <= clock_timestamp() THEN excluded.ends_at ELSE w.ends_at END
RETURNING hits, extract(epoch FROM ends_at - clock_timestamp())
"""
_count_in_redis = CacheScript(_COUNT_IN_REDIS)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Count:
    """Where a caller stands in the current window."""

    bucket: str
    limit: int
    hits: int
    seconds_left: float

    @property
    def allowed(self) -> bool:
        """Whether this request is within the limit."""
        return self.hits <= self.limit

    @property
    def reset(self) -> int:
        """Whole seconds to the end of the window."""
        return max(1, math.ceil(self.seconds_left))

    def headers(self) -> dict[str, str]:
        """``RateLimit-*`` for every answer."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.limit - self.hits)),
            "RateLimit-Reset": str(self.reset),
            "RateLimit-Policy": f'"{self.bucket}";q={self.limit};w={settings.API_RATE_WINDOW_SECONDS}',
        }


class RateLimit(BaseThrottle):
    """Counts by token, or by person for the pages' own calls; the view names its bucket."""

    def __init__(self) -> None:
        self.count: Count | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count this request and say whether it may pass."""
        if not settings.RATE_LIMITING:
            return True
        bucket = getattr(view, "bucket", "api")
        limit = settings.API_RATE_LIMITS[bucket]
        hits, left = _count(f"rate:{bucket}:{_caller(request)}", settings.API_RATE_WINDOW_SECONDS)
        self.count = Count(bucket, limit, hits, left)
        view.rate_count = self.count  # type: ignore[attr-defined]
        return self.count.allowed

    def wait(self) -> float | None:
        """Seconds until it is worth trying again."""
        return self.count.reset if self.count else None


def _caller(request: Request) -> str:
    if isinstance(request.auth, ApiToken):
        return f"token:{request.auth.pk}"
    return f"user:{request.user.pk}"


def _count(key: str, window: int) -> tuple[int, float]:
    """Requests in the window, this one included, and the seconds left of it."""
    try:
        hits, left = _count_in_redis([key], [window * 1000])
        return int(hits), int(left) / 1000
    except redis.RedisError as error:
        _log.debug("rate_limit_without_redis", error=type(error).__name__)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_IN_POSTGRES, {"key": key, "window": window})
        hits, left = cursor.fetchone()
    return int(hits), float(left)
