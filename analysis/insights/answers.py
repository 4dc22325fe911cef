"""The cache of answers in numbers: what it holds, how often it knew the answer, the time and money that spared.

Hits and misses are counted as they happen, in Redis, in the last hour and since Redis was last emptied; the days of
``costs`` are from the rows of ``Usage``, which nothing empties.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from analysis.insights.cost_rules import Spend, Ways
from analysis.routing.answers import HITS, MISSES, SAVED
from analysis.routing.stock import Stock, stock
from perf import metrics

_NANO = Decimal(1_000_000_000)


@dataclass(frozen=True, slots=True)
class Hits:
    """Texts looked up; ``saved`` is what the found answers had cost, in US dollars."""

    hits: int
    misses: int
    saved: Decimal

    @property
    def ratio(self) -> float | None:
        """Share that was found, 0 to 1; None while nothing was looked up."""
        looked = self.hits + self.misses
        return self.hits / looked if looked else None


@dataclass(frozen=True, slots=True)
class Answers:
    """``stock`` is None, and ``is_live`` False, while Redis does not answer."""

    stock: Stock | None
    last_hour: Hits
    ever: Hits
    is_live: bool


def answers() -> Answers:
    """The cache now."""
    reading, held = metrics.read(), stock()
    return Answers(held, _hits(reading.last_hour), _hits(reading.total), reading.is_live and held is not None)


def seconds_spared(ways: Ways, spend: Spend) -> float | None:
    """How long calls one after the other would have taken for what the cache knew; None before any call was billed."""
    if spend.mean_seconds is None or not spend.items_a_call:
        return None
    return ways.cached / spend.items_a_call * spend.mean_seconds


def _hits(counts: dict[str, int]) -> Hits:
    return Hits(counts.get(HITS, 0), counts.get(MISSES, 0), Decimal(counts.get(SAVED, 0)) / _NANO)
