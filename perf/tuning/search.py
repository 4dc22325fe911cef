"""Where to look next: a walk uphill, one step at a time, that goes back where it got worse and rests where it is best.

A way that did not pay is not tried again before its cool-down is over, four times as long each time; nor is the way
back from a step that paid. Full steps are tried in both directions first, then half ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from perf.tuning.hints import Hint

_LONGER, _MOST_TIMES = 4, 3
#: Above this share of the machine's memory nothing is turned up.
FULL_MEMORY = 0.85


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a knob's search.

    ``shut``: until when (Unix seconds) each way is not tried, and ``failures`` how often it did not pay; a way is a
    direction and a share of the step, such as "+1" or "-1/2". ``momentum``: the direction that paid last. ``best``:
    the score of the last step that was clearly better, against which small losses are held together.
    """

    shut: Mapping[str, float] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    momentum: int = 0
    best: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Standing:
    """A knob as it stands: ``high`` is what its row, its declaration and the machine allow."""

    value: float
    low: float
    high: float
    step: float
    memory: Memory = field(default_factory=Memory)


@dataclass(frozen=True, slots=True)
class Move:
    """A turn to be made: ``way`` is what ``Memory`` knows it by, "" for one that is not tried but has to be."""

    old: float
    new: float
    way: str
    reason: str


def propose(knob: Standing, hint: Hint, *, now: float, is_bound: bool, memory_in_use: float = 0.0) -> Move | None:
    """The next step, or None where there is none to try now.

    Up only where the knob holds something back (``is_bound``) and the machine has memory left; without that, down
    only where a rule asks for it: nothing would be learned from the rest.
    """
    for direction, share in _ways(knob.memory, hint):
        way = _way(direction, share)
        new = _reached(knob, direction, share)
        if new == knob.value or knob.memory.shut.get(way, 0.0) > now:
            continue
        if share > 1 and new == _reached(knob, direction, 1):  # a bound is so near that it was tried already
            continue
        if direction > 0 and not (is_bound and memory_in_use < FULL_MEMORY):
            continue
        if direction < 0 and not is_bound and hint.direction >= 0:
            continue
        return Move(knob.value, new, way, _reason(direction, share, knob.memory, hint))
    return None


def forced(knob: Standing) -> Move | None:
    """Back below what the machine bears, at once and whatever it costs; nothing is learned from it."""
    return Move(knob.value, max(knob.low, knob.high), "", "over_ceiling") if knob.value > knob.high else None


def paid(memory: Memory, way: str, best: float | None, *, until: float) -> Memory:
    """After a step that was worth it: go on that way, and do not come back before ``until``."""
    direction = _direction(way)
    back = {_way(-direction, share): until for share in (1, 2)}
    failures = {name: n for name, n in memory.failures.items() if _direction(name) != direction}
    return replace(memory, shut={**memory.shut, **back}, failures=failures, momentum=direction, best=best)


def failed(memory: Memory, way: str, *, now: float, cool_down: float) -> Memory:
    """After a step that was taken back: that way rests, four times as long as the last time."""
    times = memory.failures.get(way, 0)
    until = now + cool_down * _LONGER ** min(times, _MOST_TIMES)
    momentum = 0 if memory.momentum == _direction(way) else memory.momentum
    shut, failures = {**memory.shut, way: until}, {**memory.failures, way: times + 1}
    return replace(memory, shut=shut, failures=failures, momentum=momentum, best=None)


def _ways(memory: Memory, hint: Hint) -> Iterator[tuple[int, int]]:
    """Directions in the order in which they are worth trying, with full steps (1) and then half ones (2)."""
    first = memory.momentum or hint.direction or 1
    for share in (1, 2):
        yield first, share
        yield -first, share


def _reached(knob: Standing, direction: int, share: int) -> float:
    return min(max(knob.value + direction * _stride(knob.step, share), knob.low), knob.high)


def _way(direction: int, share: int) -> str:
    return f"{direction:+d}" if share == 1 else f"{direction:+d}/{share}"


def _direction(way: str) -> int:
    return -1 if way.startswith("-") else 1


def _stride(step: float, share: int) -> float:
    """Whole numbers: nobody opens half a connection."""
    return float(max(1, round(step / share)))


def _reason(direction: int, share: int, memory: Memory, hint: Hint) -> str:
    if direction == memory.momentum:
        return "went_well"
    if direction == hint.direction:
        return hint.reason
    return "explore" if share == 1 else "refine"
