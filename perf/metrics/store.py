"""The shared sums in Redis: ever, and by the minute, added to by all processes.

``perf:counters`` and ``perf:bins`` hold sums ever, ``perf:counters:<minute>`` and so on those of a minute (its number
since 1970), which go after ``KEPT_MINUTES``. ``perf:unrolled`` says for each minute how many batches came since it was
last rolled up. A batch is added by one script, whole or not at all, and once only: its id is remembered for a while,
so that a time-out at the wrong moment counts nothing twice.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import cast

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry

from perf.metrics.sketch import Bins
from perf.metrics.sums import Gauged, Minute

TIMEOUT_SECONDS = 0.2
KEPT_MINUTES = 120
COUNTERS, BINS, HIGHS, GAUGES, UNROLLED = (
    "perf:counters", "perf:bins", "perf:highs", "perf:gauges", "perf:unrolled",
)  # fmt: skip
_SENT = "perf:sent:"
_SENT_SECONDS = 120
#: Between the name of an operation or gauge and what of it a field holds; in no name.
_OF = "|"

_ADD = """
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[2]) then return 0 end
local at = 4
local function take() at = at + 1; return ARGV[at - 1] end
local function add(total)
  local minute = total .. ':' .. ARGV[1]
  local n = tonumber(take())
  for _ = 1, n do
    local name = take()
    local value = take()
    redis.call('HINCRBY', total, name, value)
    redis.call('HINCRBY', minute, name, value)
  end
  if n > 0 then redis.call('EXPIRE', minute, ARGV[3]) end
end
local function push(key, name, value, sign)
  local known = redis.call('HGET', key, name)
  if not known or sign * tonumber(value) > sign * tonumber(known) then redis.call('HSET', key, name, value) end
end
add(KEYS[2])
add(KEYS[3])
local highs = KEYS[4] .. ':' .. ARGV[1]
for _ = 1, tonumber(take()) do
  local name = take()
  push(highs, name, take(), 1)
end
redis.call('EXPIRE', highs, ARGV[3])
local gauges = KEYS[5] .. ':' .. ARGV[1]
for _ = 1, tonumber(take()) do
  local name = take()
  redis.call('HINCRBY', gauges, name .. '|samples', take())
  redis.call('HINCRBYFLOAT', gauges, name .. '|total', take())
  push(gauges, name .. '|low', take(), -1)
  push(gauges, name .. '|high', take(), 1)
  redis.call('HSET', KEYS[5], name, take())
end
redis.call('EXPIRE', gauges, ARGV[3])
redis.call('HINCRBY', KEYS[6], ARGV[1], 1)
return 1
"""
_ROLLED = "if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end"


@dataclass(frozen=True, slots=True)
class Batch:
    """The sums of one minute on their way."""

    minute: int
    sums: Minute
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(slots=True)
class Stored:
    """A minute of all processes as Redis holds it; ``highs``: longest call in microseconds and memory in bytes."""

    counts: dict[str, int]
    bins: dict[str, Bins]
    highs: dict[str, int]
    gauges: dict[str, Gauged]

    def longest(self, operation: str) -> int:
        """Microseconds of the longest call."""
        return self.highs.get(operation, 0)

    def memory(self, operation: str) -> int:
        """Bytes of the largest process that called it."""
        return self.highs.get(operation + _OF + "memory", 0)


def send(batch: Batch) -> None:
    """Add a batch to the sums; one that is there already adds nothing. Raises ``RedisError``."""
    keys = [_SENT + batch.id, COUNTERS, BINS, HIGHS, GAUGES, UNROLLED]
    _script(_ADD)(keys=keys, args=[batch.minute, _SENT_SECONDS, KEPT_MINUTES * 60, *_flat(batch.sums)])


def totals() -> tuple[Counter[str], dict[str, Bins]]:
    """The sums ever: by name, and the sketches of operations. Raises ``RedisError``."""
    pipeline = client().pipeline(transaction=True)  # both at one moment
    pipeline.hgetall(COUNTERS)
    pipeline.hgetall(BINS)
    counts, bins = pipeline.execute()
    return _numbers(counts), _sketches(bins)


def counts_of(minutes: Iterable[int]) -> tuple[Counter[str], Counter[str]]:
    """The sums by name: ever, and in these minutes. Raises ``RedisError``."""
    pipeline = client().pipeline(transaction=False)
    pipeline.hgetall(COUNTERS)
    for minute in minutes:
        pipeline.hgetall(f"{COUNTERS}:{minute}")
    ever, *each = pipeline.execute()
    recent: Counter[str] = Counter()
    for answer in each:
        recent.update(_numbers(answer))
    return _numbers(ever), recent


def minutes_of(numbers: Iterable[int]) -> list[Stored]:
    """Everything that is held of these minutes. Raises ``RedisError``."""
    pipeline = client().pipeline(transaction=False)
    for number in numbers:
        for key in (COUNTERS, BINS, HIGHS, GAUGES):
            pipeline.hgetall(f"{key}:{number}")
    answers = iter(pipeline.execute())
    return [
        Stored(_numbers(counts), _sketches(bins), _numbers(highs), _gauges(gauges))
        for counts, bins, highs, gauges in zip(answers, answers, answers, answers, strict=True)
    ]


def last_gauges(within: float = 60.0) -> dict[str, float]:
    """What each gauge that was looked at in the last ``within`` seconds showed last. Raises ``RedisError``."""
    oldest = time.time() - within
    answer = cast("dict[bytes, bytes]", client().hgetall(GAUGES))
    shown = ((name.decode(), seen.decode().split("@")) for name, seen in answer.items())
    return {name: float(value) for name, (value, at) in shown if float(at) >= oldest}


def unrolled() -> dict[int, int]:
    """Minutes that got something since they were rolled up: batches by minute. Raises ``RedisError``."""
    return {int(minute): int(batches) for minute, batches in client().hgetall(UNROLLED).items()}


def mark_rolled(minute: int, batches: int) -> None:
    """The minute is rolled up, unless a batch came since ``unrolled`` said ``batches``. Raises ``RedisError``."""
    _script(_ROLLED)(keys=[UNROLLED], args=[minute, batches])


def _flat(sums: Minute) -> list[str | int]:
    """The arguments of the script: each list after its length."""
    counts = sums.by_name()
    bins = [(f"{name}{_OF}{number}", n) for name, each in sums.clocks.items() for number, n in each.bins.items()]
    highs = [(name, clock.longest) for name, clock in sums.clocks.items()]
    highs += [(f"{name}{_OF}memory", sums.memory) for name in sums.clocks]
    flat: list[str | int] = []
    for pairs in (list(counts.items()), bins, highs):
        flat.append(len(pairs))
        for pair in pairs:
            flat.extend(pair)
    flat.append(len(sums.gauges))
    now = time.time()
    for name, seen in sums.gauges.items():
        flat += [name, seen.samples, repr(seen.total), repr(seen.low), repr(seen.high), f"{seen.last!r}@{now}"]
    return flat


def _numbers(answer: Mapping[bytes, bytes]) -> Counter[str]:
    return Counter({name.decode(): int(n) for name, n in answer.items()})


def _sketches(answer: Mapping[bytes, bytes]) -> dict[str, Bins]:
    sketches: dict[str, Bins] = defaultdict(dict)
    for name, n in answer.items():
        operation, _, number = name.decode().rpartition(_OF)
        sketches[operation][int(number)] = int(n)
    return dict(sketches)


def _gauges(answer: Mapping[bytes, bytes]) -> dict[str, Gauged]:
    gauges: dict[str, Gauged] = defaultdict(Gauged)
    for field_name, value in answer.items():
        name, _, part = field_name.decode().rpartition(_OF)
        setattr(gauges[name], part, int(value) if part == "samples" else float(value))
    return dict(gauges)


@cache
def client() -> redis.Redis:
    """Impatient: the sums wait in the process; whoever counts does not."""
    return redis.Redis.from_url(
        settings.REDIS_METRICS_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def _script(source: str) -> Script:
    return client().register_script(source)
