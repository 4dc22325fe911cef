"""So many calls a minute to a node, by all processes together, and fewer after it has said that they are too many.

A window of a minute is counted by one script in Redis. A "too many requests" halves what the windows to come allow;
each of them that passes without one gives a tenth back. Without Redis nothing is counted: the node itself then says
when.
"""

from __future__ import annotations

import redis

from analysis.routing.scripts import CacheScript

_WINDOW_MS = 60_000
_STEP = CacheScript("""
local hits, factor = KEYS[1], KEYS[2]
local now = tonumber(redis.call('GET', factor) or 1000)
if ARGV[1] == 'too_many' then
  redis.call('SET', factor, math.max(100, math.floor(now / 2)), 'PX', 20 * ARGV[3])
  return 0
end
local made = redis.call('INCR', hits)
if made == 1 then
  redis.call('PEXPIRE', hits, ARGV[3])
  local since = 20 * ARGV[3] - redis.call('PTTL', factor)
  if now < 1000 and since >= tonumber(ARGV[3]) then
    redis.call('SET', factor, math.min(1000, now + 100), 'PX', 20 * ARGV[3])
  end
end
if made <= math.max(1, math.floor(ARGV[2] * now / 1000)) then return 0 end
redis.call('DECR', hits)
return redis.call('PTTL', hits)
""")


class Pace:
    """The pace of the node ``name``."""

    def __init__(self, name: str, calls_per_minute: int) -> None:
        self._keys = [f"pace:{name}:hits", f"pace:{name}:factor"]
        self._most = calls_per_minute

    def wait(self) -> float:
        """Count a call; 0 when it may be made, else the seconds until it is worth asking again."""
        return self._step("call")

    def too_many(self) -> None:
        """The node said so."""
        self._step("too_many")

    def _step(self, action: str) -> float:
        try:
            return int(_STEP(self._keys, [action, self._most, _WINDOW_MS])) / 1000
        except redis.RedisError:
            return 0.0
