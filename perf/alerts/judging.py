"""Whether a subject is bad, well again, or neither: plain arithmetic on minutes, without a database.

Between bad and well lies a band (hysteresis): what is opened at 1.5 times the usual closes only below 1.3 times, so
that a value that dances around its limit opens one alert and not twenty.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from perf.metrics.sketch import Bins, merged, percentile

Evidence = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Terms:
    """Of a rule: its limit, and how many minutes of how many must be bad."""

    limit: float
    bad_minutes: int
    of_minutes: int
    least_calls: int = 0


@dataclass(frozen=True, slots=True)
class Calls:
    """An operation in one minute."""

    calls: int
    errors: int
    p50_ms: float
    p95_ms: float
    bins: Bins


@dataclass(frozen=True, slots=True)
class Judgement:
    """``is_bad`` and ``is_well`` are never both true; ``evidence`` is of the bad minutes, or of the last ones."""

    is_bad: bool
    is_well: bool
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Usually:
    """A baseline, in milliseconds."""

    p50_ms: float
    p95_ms: float


def slower(minutes: Sequence[Calls], base: Usually, terms: Terms) -> Judgement:
    """A minute is bad when its median and its 95th percentile both exceed ``limit`` times the usual ones."""

    def exceeds(minute: Calls, factor: float) -> bool:
        return minute.p50_ms > factor * base.p50_ms and minute.p95_ms > factor * base.p95_ms

    relaxed = 1 + (terms.limit - 1) * 0.6
    bad = [minute for minute in minutes if exceeds(minute, terms.limit)]
    is_bad = len(bad) >= terms.bad_minutes and _calls(bad) >= terms.least_calls
    last = minutes[-terms.bad_minutes :]
    is_well = bool(last) and not is_bad and not any(exceeds(minute, relaxed) for minute in last)
    seen = bad or last
    bins = merged(minute.bins for minute in seen)
    evidence = _of(bad, terms) | {
        "calls": _calls(seen),
        "p50_ms": percentile(bins, 0.5), "usual_p50_ms": base.p50_ms,
        "p95_ms": percentile(bins, 0.95), "usual_p95_ms": base.p95_ms,
    }  # fmt: skip
    return Judgement(is_bad, is_well, evidence)


def failing(minutes: Sequence[Calls], terms: Terms) -> Judgement:
    """A minute is bad when more than the share ``limit`` of its calls failed; well is half of that."""

    def exceeds(minute: Calls, share: float) -> bool:
        return minute.errors > share * minute.calls

    bad = [minute for minute in minutes if exceeds(minute, terms.limit)]
    is_bad = len(bad) >= terms.bad_minutes and _calls(bad) >= terms.least_calls
    last = minutes[-terms.bad_minutes :]
    is_well = bool(last) and not is_bad and not any(exceeds(minute, terms.limit / 2) for minute in last)
    seen = bad or last
    evidence = {"calls": _calls(seen), "errors": sum(minute.errors for minute in seen), "limit": terms.limit}
    return Judgement(is_bad, is_well, _of(bad, terms) | evidence)


def above(means: Sequence[float], terms: Terms) -> Judgement:
    """A minute is bad when the gauge's mean exceeds ``limit``; well is below nine tenths of it."""
    bad = [mean for mean in means if mean > terms.limit]
    is_bad = len(bad) >= terms.bad_minutes
    last = means[-terms.bad_minutes :]
    is_well = bool(last) and not is_bad and all(mean <= 0.9 * terms.limit for mean in last)
    seen = bad or list(last)
    evidence = {"value": sum(seen) / len(seen) if seen else 0.0, "limit": terms.limit}
    return Judgement(is_bad, is_well, _of(bad, terms) | evidence)


def silent(minutes: float, terms: Terms) -> Judgement:
    """Bad after ``limit`` minutes without what should come every minute."""
    return Judgement(minutes > terms.limit, minutes <= terms.limit, {"minutes": minutes, "limit": terms.limit})


def _calls(minutes: Iterable[Calls]) -> int:
    return sum(minute.calls for minute in minutes)


def _of(bad: Sequence[object], terms: Terms) -> Evidence:
    return {"bad_minutes": len(bad), "of_minutes": terms.of_minutes}
