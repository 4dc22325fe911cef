"""Urgency and churn risk: points of the rules that fired, added up, with the rules named as reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from analysis.engines.base import ChurnRisk, Sentiment, Urgency
from analysis.engines.embedded.reading import Match, Reading
from analysis.engines.embedded.tone import Hit

URGENCY_STEPS = ((5.0, Urgency.P0), (3.0, Urgency.P1), (1.0, Urgency.P2))
CHURN_STEPS = ((3.0, ChurnRisk.HIGH), (2.0, ChurnRisk.MEDIUM), (1.0, ChurnRisk.LOW))
LEARNT = "learnt"
_CONDITION = "churn.conditional"
_EMERGENCIES = frozenset(
    f"urgency.{name}"
    for name in ("no_service", "days_without_service", "health_emergency", "business_stopped", "danger")
)
"""Rules of which one at least must have fired for p0: many annoyances do not add up to an emergency."""

_HEARD = (("churn", 1.0), ("urgency", 3.0))
_WEIGHT_OF_RISK = 1.2


class Risks(NamedTuple):
    """Both labels as the rules alone give them, and the matches behind each."""

    urgency: Urgency
    churn: ChurnRisk
    urgent: tuple[Match, ...]
    leaving: tuple[Match, ...]


def risk_hits(reading: Reading, hits: Sequence[Hit]) -> list[Hit]:
    """Return what announces leaving or an outage as complaints, where no word of `hits` says so already."""
    taken = {place for hit in hits for place in range(hit.start, hit.end)}
    found = [match for table, least in _HEARD for match in reading.apart(table) if match.rule.weight >= least]
    return [
        Hit(match.start, match.end, -_WEIGHT_OF_RISK, "risk", "")
        for match in found
        if taken.isdisjoint(range(match.start, match.end))
    ]


def find_risks(reading: Reading, sentiment: Sentiment) -> Risks:
    """Return what the rules see in `reading`; a content customer is neither urgent nor leaving."""
    urgent = [] if sentiment is Sentiment.POSITIVE else _apart(reading, "urgency")
    leaving = _apart(reading, "churn")
    if any(match.rule.label == _CONDITION for match in leaving):
        leaving = [match for match in leaving if match.rule.label == _CONDITION]
    if sentiment is Sentiment.POSITIVE:
        leaving = [match for match in leaving if match.rule.weight >= CHURN_STEPS[0][0]]
    urgency_points, churn_points = _points(urgent), _points(leaving)
    urgency = next((level for step, level in URGENCY_STEPS if urgency_points >= step), Urgency.P3)
    if urgency is Urgency.P0 and _EMERGENCIES.isdisjoint(match.rule.label for match in urgent):
        urgency = Urgency.P1
    churn = next((level for step, level in CHURN_STEPS if churn_points >= step), ChurnRisk.NONE)
    return Risks(urgency, churn, tuple(urgent), tuple(leaving))


def reasons(kind: str, matches: Iterable[Match]) -> tuple[str, ...]:
    """Return the names of the rules that fired, each once; without any, that it was learnt from examples."""
    return tuple(dict.fromkeys(match.rule.label for match in matches)) or (f"{kind}.{LEARNT}",)


def _apart(reading: Reading, table: str) -> list[Match]:
    return [match for match in reading.apart(table) if match.rule.weight]


def _points(matches: Iterable[Match]) -> float:
    """Add up the highest points of each rule."""
    points: dict[str, float] = {}
    for match in matches:
        points[match.rule.label] = max(points.get(match.rule.label, 0.0), match.rule.weight)
    return sum(points.values())
