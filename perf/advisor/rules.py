"""What is wrong with a plan, and what would mend it: plain functions of a plan and of facts about its tables.

The bounds are those of the product's specification: more than 2 nested loops, more than 10,000 rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from perf.advisor import conditions
from perf.advisor.catalogue import TableFacts
from perf.advisor.conditions import RANGES, Condition
from perf.advisor.plans import Node
from perf.advisor.spec import Column, IndexSpec

FULL_SCAN, SORT, NESTED_LOOPS, LARGE_RESULT = "full_scan", "sort", "nested_loops", "large_result"
Tables = Mapping[str, TableFacts]


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on something is worth a word."""

    scan_rows: int = 10_000  # a table that is read from end to end
    scan_share: float = 0.5  # of its rows that come out; above, an index would not help
    loops: int = 2
    loop_rows: int = 1_000
    returned_rows: int = 10_000
    sort_rows: int = 10_000
    work_mem: int = 16 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that is wrong: its kind, the table, the index that would mend it, and figures for people."""

    kind: str
    table: str
    index: IndexSpec | None = None
    details: dict[str, Any] = field(default_factory=dict)


def diagnose(root: Node, tables: Tables, limits: Limits) -> list[Diagnosis]:
    """All that is wrong, an index that is advised twice being named once."""
    found = [*full_scans(root, tables, limits), *sorts(root, tables, limits)]
    indexed = {each.index.name: each for each in reversed(found) if each.index}
    plain = [each for each in found if not each.index]
    return [
        *reversed(indexed.values()),
        *plain,
        *nested_loops(root, limits),
        *large_results(root, limits),
    ]


def full_scans(root: Node, tables: Tables, limits: Limits) -> Iterator[Diagnosis]:
    """Big tables that are read from end to end for a part of their rows."""
    for node, above in root.walk_with_parents():
        facts = tables.get(node.table)
        if node.kind != "Seq Scan" or facts is None or facts.rows < limits.scan_rows:
            continue
        wanted = [*node.conditions("Filter"), *_joined_by(node, above)]
        if not wanted or node.rows > limits.scan_share * facts.rows:
            continue
        index = advise_index(facts, node.alias, wanted, _order_above(node, above))
        if index is not None and facts.has_index_for(index):
            continue
        details = {"rows": round(facts.rows), "kept": round(node.rows), "why": _why_none(wanted) if not index else ""}
        yield Diagnosis(FULL_SCAN, node.table, index, details)


def sorts(root: Node, tables: Tables, limits: Limits) -> Iterator[Diagnosis]:
    """Many rows of one table that are sorted, for a few of them or beyond the memory for that."""
    for node, above in root.walk_with_parents():
        source = _single_source(node)
        facts = tables.get(source.table) if source else None
        if node.kind != "Sort" or source is None or facts is None or source.rows < limits.sort_rows:
            continue
        spills = source.rows * source.width > limits.work_mem
        if not (spills or any(each.kind == "Limit" for each in above)):
            continue
        order = _columns_of(node.sort_keys, source.alias)
        index = advise_index(facts, source.alias, [], order, equal=_equal_columns(source)) if order else None
        if index is not None and not facts.has_index_for(index):
            yield Diagnosis(SORT, source.table, index, {"rows": round(source.rows), "spills": spills})


def nested_loops(root: Node, limits: Limits) -> Iterator[Diagnosis]:
    """More loops in loops than two, at least one of them over many rows."""
    loops = [node for node in root.walk() if node.kind == "Nested Loop"]
    turns = max((node.children[0].rows for node in loops if node.children), default=0)
    if len(loops) <= limits.loops or turns < limits.loop_rows:
        return
    scans = [node for node in root.walk() if node.table]
    widest = max(scans, key=lambda node: node.rows)
    details = {"loops": len(loops), "turns": round(turns), "tables": list(dict.fromkeys(each.table for each in scans))}
    yield Diagnosis(NESTED_LOOPS, widest.table, None, details)


def large_results(root: Node, limits: Limits) -> Iterator[Diagnosis]:
    """More rows handed out than anybody reads."""
    if root.kind == "ModifyTable" or root.rows <= limits.returned_rows:
        return
    table = max((node for node in root.walk() if node.table), key=lambda node: node.rows, default=None)
    yield Diagnosis(LARGE_RESULT, table.table if table else "", None, {"rows": round(root.rows)})


def advise_index(
    facts: TableFacts,
    alias: str,
    wanted: list[Condition],
    order: tuple[Column, ...],
    *,
    equal: tuple[str, ...] = (),
) -> IndexSpec | None:
    """Columns that must be equal first (the most telling first), then the order or else one range.

    Conditions without a value (``is_current``, ``deleted_at IS NULL``) make it a partial index.
    """
    own = [each for each in wanted if each.alias == alias and _is_usable(facts, each)]
    names = {each.column for each in own if each.kind == "equal"} | set(equal)
    first = sorted(names, key=lambda name: (-(facts.distinct.get(name) or 0), name))
    ranged = [each.column for each in own if each.kind in RANGES and each.column not in names]
    rest = [Column(ranged[0])] if ranged else [each for each in order if each.name not in names]
    columns = (*(Column(name) for name in first), *_simplest(rest))
    only = tuple(sorted({(each.column, each.kind) for each in own if each.kind in ("true", "false", "null", "filled")}))
    if not columns and only:
        columns, only = (Column(only[0][0]),), only
    return IndexSpec(facts.name, columns, only) if columns else None


def _is_usable(facts: TableFacts, condition: Condition) -> bool:
    return condition.column in facts.types and condition.kind not in ("other", "pattern")


def _simplest(columns: list[Column]) -> list[Column]:
    """An index is read in both directions: one that descends in all columns is the plain one, read backwards."""
    return [Column(each.name) for each in columns] if all(each.descends for each in columns) else columns


def _why_none(wanted: list[Condition]) -> str:
    return "pattern" if any(each.kind == "pattern" for each in wanted) else "expression"


def _joined_by(node: Node, above: tuple[Node, ...]) -> list[Condition]:
    """What the loop around it demands of each of its rows, each turn anew."""
    if node.side != "Inner" or not above or above[-1].kind != "Nested Loop":
        return []
    return [each for each in above[-1].conditions("Join Filter") if each.alias == node.alias]


def _order_above(node: Node, above: tuple[Node, ...]) -> tuple[Column, ...]:
    sort = next((each for each in reversed(above) if each.kind == "Sort" and _single_source(each) is node), None)
    return _columns_of(sort.sort_keys, node.alias) if sort else ()


def _columns_of(keys: tuple[str, ...], alias: str) -> tuple[Column, ...]:
    """The sort keys as columns of one table; empty when one of them is not."""
    found = [conditions.sort_column(key) for key in keys]
    if any(each is None or each[0] != alias for each in found):
        return ()
    return tuple(each[1] for each in found if each)


def _single_source(node: Node) -> Node | None:
    """The one table under a node, when nothing is joined or gathered in between."""
    while not node.table:
        if len(node.children) != 1 or node.kind in ("Aggregate", "Unique", "WindowAgg"):
            return None
        node = node.children[0]
    return node


def _equal_columns(node: Node) -> tuple[str, ...]:
    wanted = node.conditions("Filter", "Index Cond")
    return tuple(each.column for each in wanted if each.kind == "equal" and each.alias == node.alias)
