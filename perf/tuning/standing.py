"""A knob's row as the search sees it."""

from __future__ import annotations

from django.conf import settings

from perf.models import Tunable
from perf.tunables.knobs import find
from perf.tuning.rules import Pace
from perf.tuning.search import Memory, Standing


def pace() -> Pace:
    """As the settings say."""
    return Pace(settings.TUNER_SETTLE_SECONDS, settings.TUNER_INTERVAL_SECONDS, settings.TUNER_COOL_DOWN_SECONDS)


def memory_of(row: Tunable) -> Memory:
    """What is remembered of its search."""
    return Memory(**row.memory) if row.memory else Memory()


def standing_of(row: Tunable) -> Standing:
    """Within its own bounds, the declared ones, and what the machine bears."""
    knob, most = find(row.name), ceiling_of(row.name)
    low = max(row.low, knob.low) if knob else row.low
    high = min(row.high, knob.high) if knob else row.high
    return Standing(row.value, low, high if most is None else max(low, min(high, most)), row.step, memory_of(row))


def ceiling_of(name: str) -> float | None:
    """The most that the machine bears now; None where there is no such limit."""
    knob = find(name)
    return knob.ceiling() if knob and knob.ceiling else None
