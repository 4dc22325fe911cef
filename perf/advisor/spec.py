"""An index that is advised: what it is on, its name, and the statements that make and unmake it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

from psycopg import sql

PREFIX = "adv_"
_NAME_LENGTH = 63
#: Conditions that a partial index may have, by the form PostgreSQL shows them in.
FORMS = {"true": "{}", "false": "NOT {}", "null": "{} IS NULL", "filled": "{} IS NOT NULL"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an index, and whether it descends."""

    name: str
    descends: bool = False


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """A b-tree on ``columns`` of ``table``; its rows meet ``only``, pairs of a column and a form of ``FORMS``."""

    table: str
    columns: tuple[Column, ...]
    only: tuple[tuple[str, str], ...] = ()

    @classmethod
    def on(cls, table: str, *columns: str) -> IndexSpec:
        """A plain index on these columns, ascending."""
        return cls(table, tuple(Column(name) for name in columns))

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> IndexSpec:
        """What ``as_json`` made."""
        columns = tuple(Column(each["name"], each["descends"]) for each in data["columns"])
        return cls(data["table"], columns, tuple((name, form) for name, form in data["only"]))

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @property
    def names(self) -> list[str]:
        """The names of its columns."""
        return [column.name for column in self.columns]

    @property
    def name(self) -> str:
        """Ours by its beginning, and the same for the same index."""
        digest = hashlib.sha256(repr(self).encode()).hexdigest()[:8]
        return f"{PREFIX}{self.table[: _NAME_LENGTH - len(PREFIX) - 9]}_{digest}"

    def create(self, *, concurrently: bool) -> sql.Composed:
        """The statement that makes it."""
        how = "CREATE INDEX CONCURRENTLY IF NOT EXISTS {} ON {} ({})" if concurrently else "CREATE INDEX {} ON {} ({})"
        columns = sql.SQL(", ").join(_column(each) for each in self.columns)
        whole = sql.SQL(how).format(sql.Identifier(self.name), sql.Identifier(self.table), columns)
        return whole + sql.SQL(" WHERE ") + self._condition() if self.only else whole

    def _condition(self) -> sql.Composed:
        return sql.SQL(" AND ").join(sql.SQL(FORMS[form]).format(sql.Identifier(name)) for name, form in self.only)

    def drop(self) -> sql.Composed:
        """The statement that takes it away, without holding anybody up."""
        return sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(self.name))


def _column(column: Column) -> sql.Composed:
    return sql.SQL("{} DESC" if column.descends else "{}").format(sql.Identifier(column.name))
