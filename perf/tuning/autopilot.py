"""One look of the tuner: rule on what is being measured, else make the next step. The same for rows and simulations.

At most one knob is being measured at a time, and between two turns lies at least one window.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from perf.tuning.rules import LONGEST_WINDOWS, Judgement, Pace, Ruling, judge
from perf.tuning.samples import Sample, Summary, summarise
from perf.tuning.search import Memory, Move, Standing, failed, forced, paid, propose
from perf.tuning.signals import Measure, Stretch

#: The share of samples in which a knob must have held something back.
_BOUND = 0.5


@dataclass(frozen=True, slots=True)
class Tuned:
    """A knob that the tuner looks after; ``is_auto``: it turns it itself, else it says what it would do."""

    name: str
    standing: Standing
    is_auto: bool


@dataclass(frozen=True, slots=True)
class Watched:
    """A turn whose effect is being measured. ``since`` and ``previous`` (the turn before it, of any knob) are Unix
    seconds; ``before`` is None until somebody has looked."""

    key: object
    knob: str
    old: float
    new: float
    way: str
    since: float
    previous: float
    before: Summary | None
    by_person: bool
    memory: Memory


class Desk(Protocol):
    """Where knobs and turns are kept."""

    def knobs(self) -> Sequence[Tuned]:
        """Those that are not frozen and not left alone; the one that was looked at longest ago first."""
        ...

    def watched(self) -> Sequence[Watched]:
        """What is being measured, oldest first."""
        ...

    def last_turn(self) -> float:
        """When any knob was turned last, by whomever; 0.0 for never."""
        ...

    def turn(self, knob: str, move: Move, before: Summary | None) -> None:
        """Make a step; one that had to be made (without a ``way``) is not measured."""
        ...

    def suggest(self, knob: str, move: Move, before: Summary) -> None:
        """Say what step would be made, unless that was said already."""
        ...

    def rule(self, watched: Watched, judgement: Judgement, summaries: Summaries, memory: Memory) -> None:
        """End the measuring: keep, or take back."""
        ...


@dataclass(frozen=True, slots=True)
class Summaries:
    """What was measured before a turn and after it."""

    before: Summary | None
    after: Summary | None


class Autopilot:
    """The tuner's mind."""

    def __init__(self, desk: Desk, pace: Pace, measures: Mapping[str, Measure]) -> None:
        self._desk, self._pace, self._measures = desk, pace, measures

    def look(self, stretches: Sequence[Stretch], now: float) -> None:
        """Do what is due at ``now`` (Unix seconds), on these stretches, oldest first."""
        watched = [each for each in self._desk.watched() if each.knob in self._measures]
        for overtaken in watched[:-1]:  # two turns at once: nobody can tell which of them did what
            kept = Judgement(Ruling.KEEP, "overtaken")
            self._desk.rule(overtaken, kept, Summaries(overtaken.before, None), overtaken.memory)
        if watched:
            self._rule(watched[-1], stretches, now)
        elif now - self._desk.last_turn() >= self._pace.window:
            self._step(stretches, now)

    def _rule(self, watched: Watched, stretches: Sequence[Stretch], now: float) -> None:
        pace, reader = self._pace, self._measures[watched.knob]
        before = watched.before or self._summary(reader, stretches, watched.previous, watched.since)
        after = self._summary(reader, stretches, watched.since, now)
        best = watched.memory.best
        if best is None and before is not None:
            best = before.score
        judgement = judge(
            before, after, seconds=now - watched.since, pace=pace, by_person=watched.by_person,
            is_cheaper=(watched.new - watched.old) * reader.cheaper > 0, best=best,
        )  # fmt: skip
        if judgement.ruling is not Ruling.WAIT:
            memory = self._learned(watched, judgement, after, best, now)
            self._desk.rule(watched, judgement, Summaries(before, after), memory)

    def _learned(
        self, watched: Watched, judgement: Judgement, after: Summary | None, best: float | None, now: float
    ) -> Memory:
        """A person's own turn teaches nothing about ways; only that what was known of them may be over."""
        memory, way, rest = watched.memory, watched.way, self._pace.cool_down
        if not way:
            return memory
        if judgement.ruling is Ruling.BACK:
            return failed(memory, way, now=now, cool_down=rest if judgement.is_lesson else rest / 4)
        if not judgement.is_lesson:
            return memory
        anchor = after.score if after is not None and judgement.outcome == "better" else best
        return paid(memory, way, anchor, until=now + rest)

    def _step(self, stretches: Sequence[Stretch], now: float) -> None:
        since = self._desk.last_turn()
        for knob in self._desk.knobs():
            if knob.is_auto and (back := forced(knob.standing)):
                self._desk.turn(knob.name, back, None)
                return
            reader = self._measures.get(knob.name)
            before = self._summary(reader, stretches, since, now) if reader else None
            if reader is None or before is None:
                continue
            move = propose(
                knob.standing, reader.hint(before.figures), now=now, is_bound=before.bound > _BOUND,
                memory_in_use=stretches[-1].memory,
            )  # fmt: skip
            if move is None:
                continue
            if knob.is_auto:
                self._desk.turn(knob.name, move, before)
                return
            self._desk.suggest(knob.name, move, before)

    def _summary(self, reader: Measure, stretches: Sequence[Stretch], turned: float, until: float) -> Summary | None:
        """Of the last windows up to ``until`` that lie wholly after a turn has had its effect."""
        begin = max(turned + self._pace.settle, until - LONGEST_WINDOWS * self._pace.window)
        some = (stretch for stretch in stretches if stretch.at - stretch.seconds >= begin and stretch.at <= until)
        samples: list[Sample] = [sample for stretch in some if (sample := reader.read(stretch)) is not None]
        return summarise(samples)
