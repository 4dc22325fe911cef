"""How operations fared: calls, errors and percentiles of all calls of a bucket, or of the period, together.

Sketches are added in PostgreSQL, bin by bin, so that what comes over is a few dozen counts a bucket however many
minutes, operations and processes stand behind them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from perf.history.periods import Period
from perf.metrics.sketch import Bins, percentile

#: Operations whose percentiles are told of a period; those that took least time are left out.
MOST = 50

# A selection that ends with a dot is all operations that begin so: "web." is every request.
_SELECTED = """
  FROM operation_minutes{join}
 WHERE minute >= %(start)s AND minute < %(end)s
   AND CASE WHEN right(%(selection)s, 1) = '.' THEN starts_with(operation, %(selection)s)
            ELSE operation = %(selection)s END
"""
_BUCKET = "floor(extract(epoch FROM minute - %(start)s) / %(seconds)s)::int"
_BINS = " CROSS JOIN LATERAL jsonb_each_text(bins) AS cell (bin, n)"
_SUMS = f"SELECT {_BUCKET}, sum(calls), sum(errors), max(max_ms)" + _SELECTED.format(join="") + "GROUP BY 1"
_SKETCHES = f"SELECT {_BUCKET}, bin::int, sum(n::bigint)" + _SELECTED.format(join=_BINS) + "GROUP BY 1, 2"
_BY_OPERATION = """
SELECT operation, sum(calls), sum(errors), sum(total_ms), max(max_ms)
  FROM operation_minutes WHERE minute >= %(start)s AND minute < %(end)s
 GROUP BY operation ORDER BY 4 DESC LIMIT %(most)s
"""
_SKETCHES_BY_OPERATION = f"""
SELECT operation, bin::int, sum(n::bigint)
  FROM operation_minutes{_BINS}
 WHERE minute >= %(start)s AND minute < %(end)s AND operation = ANY(%(names)s)
 GROUP BY operation, 2
"""  # noqa: S608 -- made of constants
_NAMES = """
SELECT DISTINCT operation FROM operation_minutes WHERE minute >= %(start)s AND minute < %(end)s ORDER BY operation
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """A bucket of time; percentiles are milliseconds, None while nothing was called."""

    calls: int = 0
    errors: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation over a whole period; milliseconds."""

    name: str
    calls: int
    errors: int
    total_ms: float
    max_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


def latency(period: Period, selection: str = "web.") -> list[Moment]:
    """One operation, or with a dot at the end all that begin so, by bucket; two queries."""
    values = {**_bounds(period), "seconds": period.bucket.total_seconds(), "selection": selection}
    sketches: defaultdict[int, Bins] = defaultdict(dict)
    for number, place, calls in _rows(_SKETCHES, values):
        sketches[number][place] = int(calls)
    moments = [Moment()] * period.buckets
    for number, calls, errors, longest in _rows(_SUMS, values):
        moments[number] = Moment(int(calls), int(errors), *_percentiles(sketches[number], longest))
    return moments


def operations(period: Period, most: int = MOST) -> list[Operation]:
    """Those that took most time in all, the first one most; two queries."""
    sums = _rows(_BY_OPERATION, {**_bounds(period), "most": most})
    names = [name for name, *_sums in sums]
    sketches: defaultdict[str, Bins] = defaultdict(dict)
    for name, place, calls in _rows(_SKETCHES_BY_OPERATION, {**_bounds(period), "names": names}):
        sketches[name][place] = int(calls)
    return [
        Operation(name, int(calls), int(errors), total, longest, *_percentiles(sketches[name], longest))
        for name, calls, errors, total, longest in sums
    ]


def operation_names(period: Period) -> list[str]:
    """Everything that was clocked in it."""
    return [name for (name,) in _rows(_NAMES, _bounds(period))]


def _percentiles(bins: Bins, longest: float) -> tuple[float, float, float]:
    """p50, p95, p99; never beyond the longest call, which is known exactly."""
    p50, p95, p99 = (min(percentile(bins, share), longest) for share in (0.5, 0.95, 0.99))
    return p50, p95, p99


def _bounds(period: Period) -> dict[str, Any]:
    return {"start": period.start, "end": period.end}


def _rows(statement: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: Iterable[Any] = cursor.fetchall()
    return list(found)
