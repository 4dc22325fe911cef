"""What becomes of a turn whose effect is being measured: it waits, stays, or is taken back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from perf.tuning.samples import Summary, Verdict, compare, is_likely_better

#: An unclear difference is measured for this many windows at most, and one without traffic for twice as many.
LONGEST_WINDOWS = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: how long a change takes to have its effect, one window of measuring, and the rest after a failure."""

    settle: float
    window: float
    cool_down: float


class Ruling(StrEnum):
    """What to do."""

    WAIT = "wait"
    KEEP = "keep"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What to do, the code of the reason, and whether that says something of the way that was tried."""

    ruling: Ruling
    outcome: str = ""
    is_lesson: bool = False


_WAIT = Judgement(Ruling.WAIT)


def judge(
    before: Summary | None, after: Summary | None, *, seconds: float, pace: Pace, by_person: bool, is_cheaper: bool,
    best: float | None = None,
) -> Judgement:  # fmt: skip
    """Rule on a turn made ``seconds`` ago.

    A clear difference is acted on at once. Without one after a long look, the tuner's own turns are taken back, unless
    more speaks for the new value than against it, or it is the cheaper one and its score is not below ``best``; a
    person's stay.
    """
    verdict = compare(before, after)
    if verdict is Verdict.BETTER:
        return Judgement(Ruling.KEEP, "better", is_lesson=True)
    if verdict is Verdict.WORSE:
        return Judgement(Ruling.BACK, "worse", is_lesson=True)
    if verdict is Verdict.TOO_FEW and before is None and by_person:
        return Judgement(Ruling.KEEP, "nothing_before")
    patience = pace.settle + pace.window * LONGEST_WINDOWS * (2 if verdict is Verdict.TOO_FEW else 1)
    if seconds < patience:
        return _WAIT
    if verdict is Verdict.SAME:
        if before and after and is_likely_better(before, after):
            return Judgement(Ruling.KEEP, "likely_better", is_lesson=True)
        return _no_difference(after, by_person=by_person, is_cheaper=is_cheaper, best=best)
    outcome = "no_traffic" if verdict is Verdict.TOO_FEW else "other_load"
    return Judgement(Ruling.KEEP if by_person else Ruling.BACK, outcome)


def _no_difference(after: Summary | None, *, by_person: bool, is_cheaper: bool, best: float | None) -> Judgement:
    if by_person:
        return Judgement(Ruling.KEEP, "no_difference")
    is_below_best = after is not None and best is not None and after.score < best - 2 * after.noise
    if is_cheaper and not is_below_best:
        return Judgement(Ruling.KEEP, "cheaper", is_lesson=True)
    return Judgement(Ruling.BACK, "no_difference", is_lesson=True)
