"""How PostgreSQL would answer a statement, for any values: a tree of nodes. Nothing is run, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import Error, connection, transaction
from django.db.backends.utils import CursorWrapper

from perf.advisor import conditions
from perf.advisor.conditions import Condition
from perf.advisor.statements import is_single, verb

PLAN_MS, LOCK_MS = 2_000, 500
EXPLAINED = frozenset({"SELECT", "WITH", "UPDATE", "DELETE"})
OLDEST = 160_000  # version 16 brought plans for statements whose values are not known
LONGEST = 100_000  # characters
_EXPLAIN = "EXPLAIN (FORMAT JSON, VERBOSE, GENERIC_PLAN) "
_CONDITIONS = ("Filter", "Index Cond", "Recheck Cond", "Join Filter", "Hash Cond", "Merge Cond")


class UnexplainedError(Exception):
    """There is no plan of it; ``reason`` is version, kind, or the SQLSTATE with which PostgreSQL refused."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a plan: what it does, to what, and what the planner expects (``rows`` come out, ``cost`` in all)."""

    kind: str
    rows: float
    cost: float
    width: int
    table: str = ""
    alias: str = ""
    index: str = ""
    side: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    sort_keys: tuple[str, ...] = ()
    children: tuple[Node, ...] = ()

    @classmethod
    def of(cls, data: dict[str, Any]) -> Node:
        """A node and all under it, from what ``EXPLAIN (FORMAT JSON)`` says."""
        return cls(
            kind=data["Node Type"],
            rows=float(data.get("Plan Rows", 0)),
            cost=float(data.get("Total Cost", 0)),
            width=int(data.get("Plan Width", 0)),
            table=data.get("Relation Name", ""),
            alias=data.get("Alias", ""),
            index=data.get("Index Name", ""),
            side=data.get("Parent Relationship", ""),
            texts={name: data[name] for name in _CONDITIONS if name in data},
            sort_keys=tuple(data.get("Sort Key", ())),
            children=tuple(cls.of(each) for each in data.get("Plans", ())),
        )

    def walk(self) -> Iterator[Node]:
        """This node and all under it, outer ones first."""
        for node, _above in self.walk_with_parents():
            yield node

    def walk_with_parents(self, above: tuple[Node, ...] = ()) -> Iterator[tuple[Node, tuple[Node, ...]]]:
        """The same, each with the nodes above it, the root first."""
        yield self, above
        for child in self.children:
            yield from child.walk_with_parents((*above, self))

    def conditions(self, *names: str) -> list[Condition]:
        """What it demands of rows, of all its conditions or of those so named."""
        wanted = names or _CONDITIONS
        return [each for name in wanted if name in self.texts for each in conditions.read(self.texts[name])]

    @property
    def indexes(self) -> set[str]:
        """The names of all indexes that this plan uses."""
        return {node.index for node in self.walk() if node.index}


@contextmanager
def look_only(*, statement_ms: int = PLAN_MS, lock_ms: int = LOCK_MS) -> Iterator[CursorWrapper]:
    """A transaction that may change nothing, waits for nobody for long, and is rolled back."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        set_limits(cursor, statement_ms=statement_ms, lock_ms=lock_ms)
        yield cursor
        transaction.set_rollback(True)


def set_limits(cursor: CursorWrapper, *, statement_ms: int, lock_ms: int) -> None:
    """Time-outs of this transaction; and no parallel plans, whose rows are counted by process."""
    cursor.execute(
        "SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true),"
        " set_config('max_parallel_workers_per_gather', '0', true)",
        [str(statement_ms), str(lock_ms)],
    )


def explain(statement: str) -> Node:
    """The plan for any values.

    Raises:
        UnexplainedError: PostgreSQL is older than 16 or refuses it, or it is not one statement that begins with SELECT,
            WITH, UPDATE or DELETE.
    """
    check_explainable(statement)
    try:
        with look_only() as cursor:
            return explain_with(cursor, statement)
    except Error as error:
        raise UnexplainedError(sqlstate(error)) from error


def explain_with(cursor: CursorWrapper, statement: str) -> Node:
    """The same in the caller's transaction, which bounds it; raises ``django.db.Error``."""
    cursor.execute(_EXPLAIN + statement)
    return Node.of(cursor.fetchone()[0][0]["Plan"])


def check_explainable(statement: str) -> None:
    """Raises ``UnexplainedError`` for what is never handed to PostgreSQL."""
    if server_version() < OLDEST:
        raise UnexplainedError("version")
    if len(statement) > LONGEST or verb(statement) not in EXPLAINED or not is_single(statement):
        raise UnexplainedError("kind")


def server_version() -> int:
    """PostgreSQL's, as 180001 for 18.1."""
    connection.ensure_connection()
    return int(connection.pg_version)  # type: ignore[attr-defined]


def sqlstate(error: Error) -> str:
    """The five letters of the trouble; PostgreSQL's own message could hold values."""
    return getattr(error.__cause__, "sqlstate", None) or type(error).__name__


def excerpt(root: Node, lines: int = 24) -> list[str]:
    """The plan for people, a line a node, without values: it was made without any."""
    told = []
    for node, above in root.walk_with_parents():
        where = f" on {node.table}" if node.table else ""
        by = f" by {node.index}" if node.index else ""
        text = f"{'  ' * len(above)}{node.kind}{where}{by}  (rows {node.rows:.0f}, cost {node.cost:.0f})"
        keys = ", ".join(node.sort_keys)
        details = [
            *(f"{name}: {value}" for name, value in node.texts.items()),
            *([f"Sort Key: {keys}"] if keys else []),
        ]
        told += [text, *(f"{'  ' * len(above)}    {detail}" for detail in details)]
    return told[:lines]
