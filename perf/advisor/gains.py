"""What an index is worth to a statement: the planner's costs with it, tried on small tables, else estimated."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.db import Error, connection, transaction

from perf.advisor import catalogue
from perf.advisor.catalogue import TableFacts
from perf.advisor.plans import Node, explain_with, set_limits
from perf.advisor.rules import SORT, Diagnosis
from perf.advisor.spec import IndexSpec

#: Trying builds the index and takes it back; who writes to the table waits meanwhile, so only where that is short.
TRIED_ROWS = 50_000
BUILD_MS, LOCK_MS = 2_000, 200
LEAST_GAIN = 1.5
_DESCENT = 4
_CPU_ROW = 0.015  # cpu_tuple_cost and cpu_index_tuple_cost


@dataclass(frozen=True, slots=True)
class Gain:
    """Planner's costs before and with the index; ``is_tried`` says that PostgreSQL itself planned with it."""

    before: float
    after: float
    is_tried: bool

    @property
    def factor(self) -> float:
        """How many times cheaper."""
        return self.before / max(self.after, 0.01)


def expected(statement: str, root: Node, found: Diagnosis, facts: TableFacts) -> Gain | None:
    """The gain of the index that a diagnosis advises, or None when it is not worth having."""
    if found.index is None:
        return None
    gain = tried(statement, root, found.index) if facts.rows <= TRIED_ROWS else None
    gain = gain or estimated(root, found, facts, catalogue.setting("random_page_cost"))
    return gain if gain.factor >= LEAST_GAIN else None


def tried(
    statement: str, root: Node, spec: IndexSpec, *, build_ms: int = BUILD_MS, lock_ms: int = LOCK_MS
) -> Gain | None:
    """Build it in a transaction that is taken back, and ask for the plan; None when that cannot be done now."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            set_limits(cursor, statement_ms=build_ms, lock_ms=lock_ms)
            cursor.execute(spec.create(concurrently=False))
            plan = explain_with(cursor, statement)
            transaction.set_rollback(True)
    except Error:
        return None
    return Gain(root.cost, plan.cost if spec.name in plan.indexes else root.cost, is_tried=True)


def estimated(root: Node, found: Diagnosis, facts: TableFacts, random_page_cost: float) -> Gain:
    """Instead of reading the table: go down the index, then fetch each wanted row from a page of its own.

    The costs are PostgreSQL's units. Of a page that is sorted out of many rows, the rows of the page are
    fetched; else what the index spares beyond the scan is not counted.
    """
    scans = [node for node in root.walk() if node.table == facts.name and node.kind == "Seq Scan"]
    scan = max(scans, key=lambda node: node.cost, default=None)
    if found.kind == SORT or scan is None:
        return Gain(root.cost, min(root.cost, _fetched(root.rows, facts, random_page_cost)), is_tried=False)
    spared = max(0.0, scan.cost - _fetched(scan.rows, facts, random_page_cost)) * _turns(root, scan)
    return Gain(root.cost, max(0.0, root.cost - spared), is_tried=False)


def _fetched(rows: float, facts: TableFacts, random_page_cost: float) -> float:
    return (_DESCENT + max(1.0, rows)) * (random_page_cost + _CPU_ROW) + math.log2(facts.rows + 2) * _CPU_ROW


def _turns(root: Node, scan: Node) -> float:
    """How often the scan is made: once, or once a row of the other side of a loop."""
    for node, above in root.walk_with_parents():
        if node is scan and node.side == "Inner" and above[-1].kind == "Nested Loop":
            return max(1.0, above[-1].children[0].rows)
    return 1.0
