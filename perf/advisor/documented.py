"""Indexes that the documentation names, with the query that each was made for; rooms register theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import Promise
from psycopg import sql

from perf.advisor.catalogue import IndexFacts
from perf.advisor.plans import Node, look_only


@dataclass(frozen=True, slots=True)
class DocumentedIndex:
    """``ask`` makes the query that the index is for (it is not run); ``serves`` says in words what that answers."""

    name: str
    table: str
    columns: tuple[str, ...]
    serves: str | Promise
    ask: Callable[[], QuerySet[Any, Any]]

    def is_met_by(self, index: IndexFacts) -> bool:
        """Whether an index of the catalogue is this one, whole and valid."""
        same = (index.name, index.table, index.columns) == (self.name, self.table, self.columns)
        return same and index.is_valid and not index.predicate

    @property
    def fix(self) -> str:
        """The statement that makes it."""
        columns = sql.SQL(", ").join(sql.Identifier(name) for name in self.columns)
        made = sql.SQL("CREATE INDEX CONCURRENTLY IF NOT EXISTS {} ON {} ({})")
        return made.format(sql.Identifier(self.name), sql.Identifier(self.table), columns).as_string()

    def plan(self) -> Node:
        """How PostgreSQL would answer its query now."""
        statement, values = self.ask().query.sql_with_params()
        connection.ensure_connection()
        with look_only() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
            return Node.of(cursor.fetchone()[0][0]["Plan"])


_documented: dict[str, DocumentedIndex] = {}


def document(index: DocumentedIndex) -> None:
    """Make it known; the same name again replaces it."""
    _documented[index.name] = index


def all_documented() -> list[DocumentedIndex]:
    """All of them, by name."""
    return [_documented[name] for name in sorted(_documented)]
