"""What PostgreSQL's catalogue and statistics say of tables and indexes of the product's schema."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from perf.advisor.spec import FORMS, IndexSpec


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """An index: ``columns`` are names or expressions; ``modes`` holds operator class and order of each."""

    name: str
    table: str
    columns: tuple[str, ...]
    modes: tuple[str, ...]
    predicate: str
    method: str
    is_unique: bool
    is_constraint: bool
    is_valid: bool
    bytes: int
    scans: int
    entry_bytes: float

    def begins_with(self, columns: Iterable[str]) -> bool:
        """Whether these columns, in this order, lead it."""
        wanted = tuple(columns)
        return self.columns[: len(wanted)] == wanted


@dataclass(frozen=True, slots=True)
class TableFacts:
    """A table: an estimate of its rows, its columns with their types and numbers of distinct values (None: unknown)."""

    name: str
    rows: float
    bytes: int
    deleted: int
    sequential_scans: int
    types: dict[str, str]
    distinct: dict[str, float | None]
    indexes: tuple[IndexFacts, ...]

    def has_index_for(self, spec: IndexSpec) -> bool:
        """Whether a whole and valid index leads with the same columns already."""
        return any(each.is_valid and not each.predicate and each.begins_with(spec.names) for each in self.indexes)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference from ``table`` (``columns``) to ``target``."""

    table: str
    columns: tuple[str, ...]
    target: str


def tables() -> dict[str, TableFacts]:
    """All ordinary tables of the schema, by name."""
    indexes = all_indexes()
    return {
        row["name"]: TableFacts(
            name=row["name"],
            rows=float(row["rows"]),
            bytes=row["bytes"],
            deleted=row["deleted"],
            sequential_scans=row["scans"],
            types=row["types"],
            distinct=_distinct(row["types"], row["distinct"], float(row["rows"])),
            indexes=tuple(each for each in indexes if each.table == row["name"]),
        )
        for row in _rows(_TABLES)
    }


def all_indexes() -> list[IndexFacts]:
    """All indexes of the schema, by table and name."""
    return [
        IndexFacts(
            **row
            | {"columns": tuple(row["columns"]), "modes": tuple(row["modes"]), "predicate": row["predicate"] or ""}
        )
        for row in _rows(_INDEXES)
    ]


def foreign_keys() -> list[ForeignKey]:
    """All references between tables of the schema."""
    return [ForeignKey(row["name"], tuple(row["columns"]), row["target"]) for row in _rows(_FOREIGN_KEYS)]


def counted_since() -> datetime:
    """Since when at least the numbers of scans are counted."""
    since: datetime = _rows(_SINCE)[0]["since"]
    return since


def is_known(spec: IndexSpec) -> bool:
    """Whether the catalogue has this table and these columns: nothing else is ever put into a statement."""
    table = tables().get(spec.table)
    if table is None or not spec.columns or any(form not in FORMS for _name, form in spec.only):
        return False
    return all(name in table.types for name in (*spec.names, *(name for name, _form in spec.only)))


def setting(name: str) -> float:
    """A numeric setting of the server, in its base unit."""
    return float(_rows("SELECT setting FROM pg_settings WHERE name = %s", [name])[0]["setting"])


def _distinct(types: dict[str, str], known: dict[str, float], rows: float) -> dict[str, float | None]:
    """Negative numbers of PostgreSQL are shares of the rows."""
    return {name: (-n * rows if n < 0 else n) if (n := known.get(name)) is not None else None for name in types}


def _rows(statement: str, parameters: list[Any] | None = None) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


_TABLES = """
SELECT c.relname AS name, GREATEST(COALESCE(NULLIF(c.reltuples, -1), s.n_live_tup), 0) AS rows,
       pg_table_size(c.oid) AS bytes, s.n_tup_del AS deleted, COALESCE(s.seq_scan, 0) AS scans,
       (SELECT COALESCE(json_object_agg(a.attname, format_type(a.atttypid, NULL)), '{}') FROM pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS types,
       (SELECT COALESCE(json_object_agg(p.attname, p.n_distinct), '{}') FROM pg_stats p
         WHERE p.schemaname = current_schema() AND p.tablename = c.relname) AS distinct
  FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid
 WHERE c.relkind = 'r' AND s.schemaname = current_schema()
"""
_INDEXES = """
SELECT ic.relname AS name, tc.relname AS table, am.amname AS method, i.indisunique AS is_unique,
       i.indisvalid AS is_valid, pg_relation_size(i.indexrelid) AS bytes, COALESCE(s.idx_scan, 0) AS scans,
       i.indisprimary OR i.indisreplident OR EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid
           AND k.contype IN ('p', 'u', 'x')) AS is_constraint,
       ARRAY(SELECT COALESCE(a.attname::text, pg_get_indexdef(i.indexrelid, k, true))
               FROM generate_series(1, i.indnkeyatts) k
               LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1] AND a.attnum > 0
              ORDER BY k) AS columns,
       ARRAY(SELECT i.indclass[k - 1] || ':' || i.indoption[k - 1]
               FROM generate_series(1, i.indnkeyatts) k ORDER BY k) AS modes,
       pg_get_expr(i.indpred, i.indrelid) AS predicate,
       COALESCE((SELECT sum(p.avg_width) FROM pg_stats p JOIN pg_attribute a ON a.attname = p.attname
                  WHERE p.schemaname = current_schema() AND p.tablename = tc.relname
                    AND a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)), 0)::float AS entry_bytes
  FROM pg_index i
  JOIN pg_class ic ON ic.oid = i.indexrelid
  JOIN pg_class tc ON tc.oid = i.indrelid
  JOIN pg_am am ON am.oid = ic.relam
  JOIN pg_namespace n ON n.oid = tc.relnamespace AND n.nspname = current_schema()
  LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = i.indexrelid
 WHERE tc.relkind = 'r'
 ORDER BY tc.relname, ic.relname
"""
_FOREIGN_KEYS = """
SELECT tc.relname AS name, fc.relname AS target,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(attnum, place)
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum ORDER BY u.place) AS columns
  FROM pg_constraint k
  JOIN pg_class tc ON tc.oid = k.conrelid
  JOIN pg_class fc ON fc.oid = k.confrelid
  JOIN pg_namespace n ON n.oid = tc.relnamespace AND n.nspname = current_schema()
 WHERE k.contype = 'f'
"""
_SINCE = """
SELECT COALESCE(stats_reset, pg_postmaster_start_time()) AS since FROM pg_stat_database
 WHERE datname = current_database()
"""
