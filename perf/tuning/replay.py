"""What the tuner would have done with the minutes that were recorded.

The records say how it went with the values of then: the answer to a step that nobody made is not among them. So the
replay shows which steps the rules would have made, when, and what they would have measured, not what would have
come of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from perf.models import CounterMinute, GaugeMinute, Tunable
from perf.tunables.rows import ensure_rows
from perf.tuning.rules import Pace
from perf.tuning.search import Memory, Standing
from perf.tuning.signals import Stretch, measures
from perf.tuning.simulation import Turn, run
from perf.tuning.standing import standing_of

#: The gauges of the machine's processor and memory, 0 to 1.
CPU, MEMORY = "machine.cpu", "machine.memory"
MINUTE = 60.0
_WINDOW_MINUTES = 5


@dataclass(frozen=True, slots=True)
class Replay:
    """``minutes``: how many had traffic that says something of a knob. ``ends``: where each knob would stand."""

    begun_at: datetime
    minutes: int
    turns: tuple[Turn, ...]
    starts: Mapping[str, float]
    ends: Mapping[str, float]


def replay(hours: float = 24.0) -> Replay:
    """The last hours, from where the knobs stand now; every knob that can be measured is the tuner's."""
    ensure_rows()
    begin = timezone.now() - timedelta(hours=hours)
    recorded = {stretch.at: stretch for stretch in _recorded(begin)}
    rows = Tunable.objects.filter(name__in=measures().keys(), is_frozen=False)
    standings = {row.name: _fresh(standing_of(row)) for row in rows}
    pace = Pace(MINUTE, _WINDOW_MINUTES * MINUTE, settings.TUNER_COOL_DOWN_SECONDS)
    desk = run(standings, measures(), pace, sorted(recorded), lambda at, _values: recorded[at])
    readers = [one.read for name, one in measures().items() if name in standings]
    told = sum(any(read(stretch) for read in readers) for stretch in recorded.values())
    return Replay(
        begin, told, tuple(desk.turns), {name: one.value for name, one in standings.items()},
        {name: one.value for name, one in desk.standings.items()},
    )  # fmt: skip


def _recorded(begin: datetime) -> list[Stretch]:
    """A stretch a minute."""
    sums: defaultdict[datetime, dict[str, float]] = defaultdict(dict)
    for name, minute, n in CounterMinute.objects.filter(minute__gte=begin).values_list("name", "minute", "n"):
        sums[minute][name] = float(n)
    gauges = GaugeMinute.objects.filter(minute__gte=begin, name__in=(CPU, MEMORY))
    means = {(name, minute): mean for name, minute, mean in gauges.values_list("name", "minute", "mean")}
    return [
        Stretch(minute.timestamp() + MINUTE, MINUTE, counted, means.get((CPU, minute), 0.5),
                means.get((MEMORY, minute), 0.0))
        for minute, counted in sums.items()
    ]  # fmt: skip


def _fresh(standing: Standing) -> Standing:
    """Without what the tuner remembers of today."""
    return Standing(standing.value, standing.low, standing.high, standing.step, Memory())
