"""Days become a line of days, weeks, months or years that a person can take in, without gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from analysis.insights.nps import Nps, Sentiments
from analysis.insights.overview import Point, Timeline

#: The longest span, in days, that is shown in each unit.
SPANS = {"day": 62, "week": 400, "month": 3660}


@dataclass(slots=True)
class Tally:
    """Comments counted by sentiment and by NPS group; None where there is none."""

    n: int = 0
    sentiments: Counter[str | None] = field(default_factory=Counter)
    groups: Counter[str | None] = field(default_factory=Counter)

    def add(self, sentiment: str | None, group: str | None, n: int) -> None:
        """Count ``n`` comments alike."""
        self.n += n
        self.sentiments[sentiment] += n
        self.groups[group] += n


def sentiments_of(counts: Counter[str | None]) -> Sentiments:
    """The four counts."""
    return Sentiments(counts["positive"], counts["neutral"], counts["negative"], counts["mixed"])


def nps_of(counts: Counter[str | None]) -> Nps:
    """The three counts."""
    return Nps(counts["promoter"], counts["passive"], counts["detractor"])


def timeline_of(days: Iterable[tuple[date | None, str | None, str | None, int]]) -> Timeline:
    """Fold (day, sentiment, NPS group, count) into periods; day None means that the file gave no date."""
    rows = list(days)
    undated = sum(n for day, _sentiment, _group, n in rows if day is None)
    dated = [(day, sentiment, group, n) for day, sentiment, group, n in rows if day is not None]
    if not dated:
        return Timeline(undated=undated)
    first, last = min(row[0] for row in dated), max(row[0] for row in dated)
    unit = next((unit for unit, span in SPANS.items() if (last - first).days < span), "year")
    tallies: dict[date, Tally] = {}
    for day, sentiment, group, n in dated:
        tallies.setdefault(start_of(unit, day), Tally()).add(sentiment, group, n)
    return Timeline(unit, tuple(_points(unit, first, last, tallies)), undated)


def _points(unit: str, first: date, last: date, tallies: dict[date, Tally]) -> Iterator[Point]:
    start = start_of(unit, first)
    while start <= last:
        end = start_of(unit, start + timedelta(days={"day": 1, "week": 7, "month": 31, "year": 366}[unit]))
        tally = tallies.get(start, Tally())
        yield Point(start, end, tally.n, sentiments_of(tally.sentiments), nps_of(tally.groups))
        start = end


def start_of(unit: str, day: date) -> date:
    """The first day of the period that ``day`` is in; weeks begin on Monday."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day
