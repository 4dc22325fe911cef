"""The tuner on knobs in memory: for the recorded minutes of the last day, and for models in tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from perf.tuning.autopilot import Autopilot, Summaries, Tuned, Watched
from perf.tuning.rules import Judgement, Pace, Ruling
from perf.tuning.samples import Summary
from perf.tuning.search import Memory, Move, Standing
from perf.tuning.signals import Measure, Stretch


@dataclass(frozen=True, slots=True)
class Turn:
    """What happened: a step, or a step taken back (``reason`` is the outcome then), on which evidence."""

    at: float
    knob: str
    old: float
    new: float
    reason: str
    is_back: bool = False
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class MemoryDesk:
    """Knobs that are all turned by the tuner itself."""

    standings: dict[str, Standing]
    now: float = 0.0
    turns: list[Turn] = field(default_factory=list)
    open: list[Watched] = field(default_factory=list)
    last: float = 0.0

    def knobs(self) -> Sequence[Tuned]:
        """The one turned longest ago first."""
        last = {turn.knob: turn.at for turn in self.turns}
        names = sorted(self.standings, key=lambda name: (last.get(name, 0.0), name))
        return [Tuned(name, self.standings[name], is_auto=True) for name in names]

    def watched(self) -> Sequence[Watched]:
        """What is being measured."""
        return [replace(one, memory=self.standings[one.knob].memory) for one in self.open]

    def last_turn(self) -> float:
        """0.0 for never."""
        return self.last

    def turn(self, knob: str, move: Move, before: Summary | None) -> None:
        """Make a step."""
        if move.way:
            self._watch(knob, move.old, move.new, move.way, before, by_person=False)
        evidence = {"figures": before.figures} if before else {}
        self._set(Turn(self.now, knob, move.old, move.new, move.reason, evidence=evidence))

    def by_person(self, knob: str, new: float) -> None:
        """Somebody turns a knob."""
        old = self.standings[knob].value
        self._watch(knob, old, new, "", None, by_person=True)
        self._set(Turn(self.now, knob, old, new, "person"))

    def suggest(self, knob: str, move: Move, before: Summary) -> None:
        """Never: all knobs are the tuner's."""
        raise NotImplementedError

    def rule(self, watched: Watched, judgement: Judgement, summaries: Summaries, memory: Memory) -> None:
        """End the measuring."""
        self.open = [one for one in self.open if one.key != watched.key]
        self.standings[watched.knob] = replace(self.standings[watched.knob], memory=memory)
        if judgement.ruling is Ruling.BACK:
            told = {"before": summaries.before, "after": summaries.after}
            evidence = {name: one.as_json() for name, one in told.items() if one}
            self._set(Turn(self.now, watched.knob, watched.new, watched.old, judgement.outcome, True, evidence))

    def _watch(self, knob: str, old: float, new: float, way: str, before: Summary | None, *, by_person: bool) -> None:
        memory = self.standings[knob].memory
        self.open.append(
            Watched(len(self.turns), knob, old, new, way, self.now, self.last, before, by_person, memory)
        )  # fmt: skip

    def _set(self, turn: Turn) -> None:
        self.standings[turn.knob] = replace(self.standings[turn.knob], value=turn.new)
        self.turns.append(turn)
        self.last = self.now


def run(
    standings: Mapping[str, Standing], measures: Mapping[str, Measure], pace: Pace, times: Iterable[float],
    stretch_at: Callable[[float, Mapping[str, float]], Stretch | None], *, most: int = 400,
) -> MemoryDesk:  # fmt: skip
    """Let the tuner look at each of ``times``; ``stretch_at`` tells what was counted up to then, at these values."""
    desk, stretches = MemoryDesk(dict(standings)), list[Stretch]()
    pilot = Autopilot(desk, pace, measures)
    for now in times:
        desk.now = now
        stretch = stretch_at(now, {name: one.value for name, one in desk.standings.items()})
        if stretch is not None:
            stretches = [*stretches[1 - most :], stretch]
            pilot.look(stretches, now)
    return desk
