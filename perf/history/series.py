"""Counters and gauges over a period, by bucket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from perf.history.periods import Period

# Names that end with a dot stand for all that begin so, an empty one for all.
_NAMED = """
 WHERE minute >= %(start)s AND minute < %(end)s
   AND EXISTS (SELECT FROM unnest(%(names)s::text[]) AS one
                WHERE CASE WHEN one = '' OR right(one, 1) = '.' THEN starts_with(name, one) ELSE name = one END)
 GROUP BY 1, 2 ORDER BY 1
"""
_BUCKET = "floor(extract(epoch FROM minute - %(start)s) / %(seconds)s)::int"
_COUNTERS = f"SELECT name, {_BUCKET}, sum(n) FROM counter_minutes{_NAMED}"  # noqa: S608 -- made of constants
_GAUGES = f"""
SELECT name, {_BUCKET}, sum(mean * samples) / nullif(sum(samples), 0), max(high) FROM gauge_minutes{_NAMED}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Level:
    """What a gauge showed in a bucket."""

    mean: float
    high: float


def counters(period: Period, names: Sequence[str]) -> dict[str, list[int]]:
    """How often each was counted, by bucket; one that was not counted at all is not there. One query."""
    found: dict[str, list[int]] = {}
    for name, number, n in _rows(_COUNTERS, period, names):
        found.setdefault(name, [0] * period.buckets)[number] = int(n)
    return found


def gauges(period: Period, names: Sequence[str]) -> dict[str, list[Level | None]]:
    """What each showed, by bucket, None where nobody looked; one that never showed anything is not there. One query."""
    found: dict[str, list[Level | None]] = {}
    for name, number, mean, high in _rows(_GAUGES, period, names):
        if mean is not None:
            found.setdefault(name, [None] * period.buckets)[number] = Level(mean, high)
    return found


def _rows(statement: str, period: Period, names: Sequence[str]) -> list[Any]:
    values: dict[str, Any] = {
        "start": period.start,
        "end": period.end,
        "seconds": period.bucket.total_seconds(),
        "names": list(names),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
