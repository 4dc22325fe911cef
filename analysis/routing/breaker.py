"""One circuit breaker for each endpoint, shared by all processes: its state is in Redis and changes in one step.

Closed, calls go through. After some failures in a row it opens: nobody calls for a while. Then it is half open: one
call at a time tries; a success closes it, a failure opens it again. A call that ran out of time while somebody else
was answered is no failure in the row: many that began together run out of time together, and that is no outage.
Apart from that an endpoint may ask for quiet (``Retry-After``), and then nobody calls before that time is over,
whoever it was said to.

While Redis is away every process goes on as if all were closed: a call that fails costs a time-out, never an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import redis
import structlog

from analysis.routing.scripts import CacheScript

FAILURES, OPEN_SECONDS, PROBE_SECONDS = 5, 10.0, 30.0
#: An answer of longer ago says nothing, however long the call took that failed: silence is noticed after so long.
ANSWER_SECONDS = 5.0
_KEPT_SECONDS = 3600
_STEP = """
local key, action = KEYS[1], ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function get(name) return tonumber(redis.call('HGET', key, name) or 0) end
local function set(name, value)
  redis.call('HSET', key, name, value)
  redis.call('EXPIRE', key, ARGV[5])
end
local open_until, quiet_until, probe_until = get('open_until'), get('quiet_until'), get('probe_until')
if action == 'quiet' then
  set('quiet_until', math.max(quiet_until, now + ARGV[2]))
elseif action == 'success' then
  redis.call('HDEL', key, 'failures', 'open_until', 'probe_until')
  set('answered_at', now)
elseif action == 'failure' then
  if open_until == 0 and now - get('answered_at') < tonumber(ARGV[6]) then return {'', 0} end
  local failures = redis.call('HINCRBY', key, 'failures', 1)
  redis.call('EXPIRE', key, ARGV[5])
  if open_until > 0 or failures >= tonumber(ARGV[2]) then
    set('open_until', now + ARGV[3])
    redis.call('HDEL', key, 'probe_until')
  end
else
  local wait = math.max(quiet_until, open_until, open_until > 0 and probe_until or 0) - now
  local state = 'closed'
  if open_until > 0 then state = open_until > now and 'open' or 'half_open' end
  if state ~= 'open' and quiet_until > now then state = 'quiet' end
  if state == 'half_open' and wait <= 0 and action == 'ask' then set('probe_until', now + ARGV[4]) end
  return {state, math.max(wait, 0)}
end
return {'', 0}
"""
_step = CacheScript(_STEP)
_log = structlog.get_logger(__name__)


class State(StrEnum):
    """Whether calls go through."""

    CLOSED = "closed"
    QUIET = "quiet"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Leave:
    """Whether the caller may call now, and else in how many seconds it is worth asking again."""

    state: State
    wait: float

    @property
    def granted(self) -> bool:
        """Whether to call; whoever does must say how it went."""
        return self.state is State.CLOSED or (self.state is State.HALF_OPEN and not self.wait)


class Breaker:
    """The breaker of the endpoint ``name``; a value object, all state is in Redis."""

    def __init__(
        self,
        name: str,
        *,
        failures: int = FAILURES,
        open_seconds: float = OPEN_SECONDS,
        probe_seconds: float = PROBE_SECONDS,
    ) -> None:
        self._key = f"breaker:{name}"
        self._failures, self._open_ms, self._probe_ms = failures, int(open_seconds * 1000), int(probe_seconds * 1000)

    def ask(self) -> Leave:
        """Ask for leave to call; half open, only one caller gets it until that one has reported or is overdue."""
        return self._leave("ask")

    def look(self) -> Leave:
        """The same, for somebody who only wants to know."""
        return self._leave("look")

    def succeeded(self) -> None:
        """A call was answered."""
        self._step("success")

    def failed(self, took: float = 0.0) -> None:
        """A call was not answered, or with an error of the endpoint's; ``took`` are the seconds of one that ran out of
        time."""
        self._step("failure", self._failures, int(min(took, ANSWER_SECONDS) * 1000))

    def keep_quiet(self, seconds: float) -> None:
        """The endpoint wants no call for so long."""
        self._step("quiet", int(seconds * 1000))

    def _leave(self, action: str) -> Leave:
        answer = self._step(action)
        if answer is None:
            return Leave(State.CLOSED, 0.0)
        return Leave(State(answer[0].decode()), int(answer[1]) / 1000)

    def _step(self, action: str, value: int = 0, took_ms: int = 0) -> Any:
        arguments: list[str | int] = [action, value, self._open_ms, self._probe_ms, _KEPT_SECONDS, took_ms]
        try:
            return _step([self._key], arguments)
        except redis.RedisError as error:
            _log.debug("breaker_without_redis", action=action, error=type(error).__name__)
            return None
