"""How long a SELECT really takes: run several times in a transaction that can change nothing, under a time-out.

The values that people gave it are kept nowhere, so typical ones are made from the planner's statistics of the columns
that its parameters are compared with. They are bound, never written into the statement, and stored nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import psycopg
from django.db import Error, connection, transaction
from django.db.utils import DatabaseError

from perf.advisor.plans import Node, UnexplainedError, explain, look_only, set_limits
from perf.advisor.spec import IndexSpec
from perf.advisor.statements import parameters, verb

RUNS = 5
RUN_MS = 10_000
#: Up to here an index is built to be tried, in a transaction that is taken back; whoever writes to the table waits.
BUILT_ROWS = 1_000_000
BUILD_MS, LOCK_MS = 20_000, 1_000
_TIMED = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) "
_LOW, _HIGH = 0.45, 0.55


class UnmeasuredError(Exception):
    """It cannot be run; ``reason`` is kind, values, slow, or the SQLSTATE with which PostgreSQL refused."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Timing:
    """The median of ``RUNS`` runs in milliseconds, and the indexes that were used."""

    median_ms: float
    indexes: frozenset[str]


def typical_values(statement: str) -> list[str]:
    """A value for each parameter, as text.

    Raises:
        UnmeasuredError: the statement is no SELECT, or what one of its parameters is compared with is not known.
    """
    if verb(statement) not in ("SELECT", "WITH"):
        raise UnmeasuredError("kind")
    try:
        bound = _bound(explain(statement))
    except UnexplainedError as error:
        raise UnmeasuredError(error.reason) from error
    return [_value(bound, number) for number in parameters(statement)]


def measure(statement: str, values: list[str]) -> Timing:
    """Run it as it is; raises ``UnmeasuredError``."""
    with _refused(), look_only(statement_ms=RUN_MS):
        return _runs(statement, values)


def measure_with(statement: str, values: list[str], spec: IndexSpec) -> Timing:
    """Run it with an index that is built for that and taken back; raises ``UnmeasuredError``."""
    with _refused(), transaction.atomic(), connection.cursor() as cursor:
        set_limits(cursor, statement_ms=BUILD_MS, lock_ms=LOCK_MS)
        cursor.execute(spec.create(concurrently=False))
        cursor.execute("SET TRANSACTION READ ONLY")
        set_limits(cursor, statement_ms=RUN_MS, lock_ms=LOCK_MS)
        timing = _runs(statement, values)
        transaction.set_rollback(True)
    return timing


@contextmanager
def _refused() -> Iterator[None]:
    """What PostgreSQL says against it may hold values: its code alone goes on."""
    try:
        yield
    except (Error, psycopg.Error) as error:
        state = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None) or ""
        raise UnmeasuredError("slow" if state == "57014" else state or type(error).__name__) from None


def _runs(statement: str, values: list[str]) -> Timing:
    """After one run that warms the cache."""
    answers = [_run(statement, values) for _turn in range(RUNS + 1)][1:]
    return Timing(
        median(float(each["Execution Time"]) for each in answers), frozenset(Node.of(answers[-1]["Plan"]).indexes)
    )


def _run(statement: str, values: list[str]) -> dict[str, Any]:
    try:
        with psycopg.RawCursor(connection.connection) as cursor:
            cursor.execute((_TIMED + statement).encode(), values)
            row = cursor.fetchone()
    except psycopg.Error as error:
        raise DatabaseError from error  # so that the transaction around it knows
    answer: dict[str, Any] = row[0][0] if row else {}
    return answer


def _bound(root: Node) -> dict[int, tuple[str, str, str, int]]:
    """By parameter: table, column and kind of the comparison, and its place among several values of one."""
    return {
        number: (node.table, each.column, each.kind, place)
        for node in root.walk()
        if node.table
        for each in node.conditions("Filter", "Index Cond", "Recheck Cond")
        if each.column
        for place, number in enumerate(each.parameters)
    }


def _value(bound: dict[int, tuple[str, str, str, int]], number: int) -> str:
    if number not in bound:
        raise UnmeasuredError("values")
    table, column, kind, place = bound[number]
    common, spread = _statistics(table, column)
    values = (spread or common) if kind != "equal" else [*_middle_first(spread), *_middle_first(common)]
    if not values or kind == "pattern":
        raise UnmeasuredError("values")
    if kind == "equal":
        return values[place % len(values)]
    return values[int((_LOW if kind == "above" else _HIGH) * (len(values) - 1))]


def _middle_first(values: list[str]) -> list[str]:
    middle = len(values) // 2
    return values[middle:] + values[:middle]


def _statistics(table: str, column: str) -> tuple[list[str], list[str]]:
    """The commonest values, and others at equal distances, as text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT most_common_vals::text::text[], histogram_bounds::text::text[] FROM pg_stats"
            " WHERE schemaname = current_schema() AND tablename = %s AND attname = %s",
            [table, column],
        )
        common, spread = cursor.fetchone() or (None, None)
    return common or [], spread or []
