"""The rules, on plans as PostgreSQL 18 told them (shortened) and facts that were made up."""

from __future__ import annotations

from typing import Any

import pytest

from perf.advisor import rules
from perf.advisor.catalogue import IndexFacts, TableFacts
from perf.advisor.gains import estimated
from perf.advisor.plans import Node, excerpt
from perf.advisor.rules import Diagnosis, Limits, diagnose
from perf.advisor.spec import Column, IndexSpec

LIMITS = Limits()


def index(name: str, *columns: str, **values: Any) -> IndexFacts:
    facts: dict[str, Any] = {
        "modes": tuple("1:0" for _column in columns),
        "predicate": "",
        "method": "btree",
        "is_unique": False,
        "is_constraint": False,
        "is_valid": True,
        "bytes": 1000,
        "scans": 1,
        "entry_bytes": 8.0,
    }
    return IndexFacts(**{"name": name, "table": "events", "columns": columns} | facts | values)


def table(rows: float = 200_000, *indexes: IndexFacts, name: str = "events") -> TableFacts:
    columns = {"id": rows, "kind": 20.0, "owner_id": 5000.0, "at": None, "is_open": 2.0, "closed_at": None}
    types = dict.fromkeys(columns, "integer")
    return TableFacts(name, rows, 1000, 0, 1, types, columns, indexes)


def scan(
    condition: str | None, rows: float = 40, name: str = "events", more: dict[str, Any] | None = None
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "Node Type": "Seq Scan",
        "Relation Name": name,
        "Alias": name,
        "Plan Rows": rows,
        "Total Cost": 5000.0,
    }
    return told | {"Plan Width": 100} | ({"Filter": condition} if condition else {}) | (more or {})


def over(kind: str, *children: dict[str, Any], rows: float = 50, more: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"Node Type": kind, "Plan Rows": rows, "Total Cost": 6000.0, "Plans": list(children)} | (more or {})


def found(plan: dict[str, Any], *tables: TableFacts, limits: Limits = LIMITS) -> list[Diagnosis]:
    return diagnose(Node.of(plan), {each.name: each for each in tables or (table(),)}, limits)


def test_a_scan_for_a_few_rows_wants_an_index_on_what_is_asked_for() -> None:
    (one,) = found(scan("((events.owner_id = $1) AND (events.kind = $2))"))
    assert one.kind == rules.FULL_SCAN
    assert one.index == IndexSpec.on("events", "owner_id", "kind")
    assert one.details == {"rows": 200_000, "kept": 40, "why": ""}


def test_equal_columns_come_before_a_range() -> None:
    (one,) = found(scan("((events.at > $1) AND (events.kind = $2))"))
    assert one.index == IndexSpec.on("events", "kind", "at")


def test_equal_columns_come_before_the_order() -> None:
    ordered = over("Sort", scan("(events.kind = $1)"), more={"Sort Key": ["events.at DESC", "events.id DESC"]})
    (one,) = found(over("Limit", ordered))
    assert one.index == IndexSpec.on("events", "kind", "at", "id")


def test_an_order_in_two_directions_is_kept_as_it_is() -> None:
    ordered = over("Sort", scan("(events.kind = $1)"), more={"Sort Key": ["events.at DESC", "events.id"]})
    (one,) = found(over("Limit", ordered))
    assert one.index is not None
    assert one.index.columns == (Column("kind"), Column("at", descends=True), Column("id"))


def test_conditions_without_a_value_make_the_index_partial() -> None:
    (one,) = found(scan("((events.owner_id = $1) AND events.is_open AND (events.closed_at IS NULL))"))
    assert one.index is not None
    assert one.index.only == (("closed_at", "null"), ("is_open", "true"))
    assert one.index.create(concurrently=True).as_string() == (
        f'CREATE INDEX CONCURRENTLY IF NOT EXISTS "{one.index.name}" ON "events" ("owner_id")'
        ' WHERE "closed_at" IS NULL AND "is_open"'
    )


@pytest.mark.parametrize(
    ("condition", "why"), [("(events.kind ~~ $1)", "pattern"), ("((events.at)::date = $1)", "expression")]
)
def test_what_no_index_can_serve_is_said_without_advising_one(condition: str, why: str) -> None:
    (one,) = found(scan(condition))
    assert one.index is None
    assert one.details["why"] == why


@pytest.mark.parametrize(
    ("plan", "facts"),
    [
        (scan("(events.kind = $1)"), table(500)),
        (scan("(events.kind = $1)", rows=150_000), table()),
        (scan(None, rows=50), table()),
        (scan("(events.kind = $1)"), table(200_000, index("there", "kind", "at"))),
        (scan("(unknown.kind = $1)", name="unknown"), table()),
    ],
    ids=["small table", "most of its rows", "no condition", "index there", "unknown table"],
)
def test_a_scan_that_no_index_would_spare_is_no_fault(plan: dict[str, Any], facts: TableFacts) -> None:
    assert [one for one in found(plan, facts) if one.kind == rules.FULL_SCAN] == []


def test_an_invalid_index_does_not_count_as_there() -> None:
    (one,) = found(scan("(events.kind = $1)"), table(200_000, index("broken", "kind", is_valid=False)))
    assert one.index is not None


def test_the_inside_of_a_loop_wants_an_index_on_the_joining_column() -> None:
    inner = scan(None, more={"Parent Relationship": "Inner"})
    outer = scan(None, rows=300, name="owners", more={"Parent Relationship": "Outer"})
    plan = over("Nested Loop", outer, inner, more={"Join Filter": "(events.owner_id = owners.id)"})
    (one,) = found(plan)
    assert one.index == IndexSpec.on("events", "owner_id")


def test_a_few_of_many_sorted_rows_want_an_index_in_that_order() -> None:
    plan = over("Limit", over("Sort", scan(None, rows=200_000), rows=200_000, more={"Sort Key": ["events.at DESC"]}))
    (one,) = found(plan)
    assert one.kind == rules.SORT
    assert one.index == IndexSpec.on("events", "at")


def test_a_sort_beyond_the_memory_for_it_is_named_too() -> None:
    plan = over("Sort", scan(None, rows=9_000, more={"Plan Width": 10}), more={"Sort Key": ["events.at"]})
    assert found(plan, limits=Limits(sort_rows=1000, work_mem=100_000)) == []
    (one,) = found(plan, limits=Limits(sort_rows=1000, work_mem=10_000))
    assert one.details["spills"]


def loops(number: int, rows: float) -> dict[str, Any]:
    plan = scan(None, rows=rows, name="t0")
    for place in range(1, number + 1):
        plan = over("Nested Loop", plan, scan(None, rows=1, name=f"t{place}"), rows=rows)
    return plan


@pytest.mark.parametrize(("number", "rows", "is_told"), [(3, 5_000, True), (2, 5_000, False), (3, 10, False)])
def test_more_than_two_loops_over_many_rows_are_to_be_rewritten(number: int, rows: float, is_told: bool) -> None:
    told = [one for one in found(loops(number, rows)) if one.kind == rules.NESTED_LOOPS]
    assert bool(told) is is_told
    assert all(one.details == {"loops": 3, "turns": 5000, "tables": ["t0", "t1", "t2", "t3"]} for one in told)


@pytest.mark.parametrize(("rows", "is_told"), [(10_000, False), (10_001, True)])
def test_more_than_ten_thousand_rows_are_to_be_cut_into_pages(rows: float, is_told: bool) -> None:
    told = [one.kind for one in found(scan(None, rows=rows))]
    assert told == ([rules.LARGE_RESULT] if is_told else [])


def test_changing_many_rows_is_not_fetching_them() -> None:
    assert found(over("ModifyTable", scan(None, rows=50_000), rows=50_000)) == []


def test_an_estimate_spares_the_scan_and_pays_for_each_row_fetched() -> None:
    plan = Node.of(scan("(events.kind = $1)"))
    (one,) = diagnose(plan, {"events": table()}, LIMITS)
    gain = estimated(plan, one, table(), random_page_cost=1.1)
    assert gain.before == 5000
    assert 40 < gain.after < 60
    assert not gain.is_tried


def test_an_estimate_within_a_loop_counts_each_turn() -> None:
    outer = scan(None, rows=300, name="owners", more={"Parent Relationship": "Outer", "Total Cost": 10.0})
    inner = scan(None, rows=2, more={"Parent Relationship": "Inner"})
    plan = Node.of(
        over(
            "Nested Loop",
            outer,
            inner,
            more={"Join Filter": "(events.owner_id = owners.id)", "Total Cost": 1_500_100.0},
        )
    )
    (one,) = diagnose(plan, {"events": table()}, LIMITS)
    assert estimated(plan, one, table(), random_page_cost=1.1).factor > 500


def test_an_excerpt_is_cut_and_holds_one_node_a_line() -> None:
    lines = excerpt(Node.of(over("Limit", scan("(events.kind = $1)"))))
    assert lines == [
        "Limit  (rows 50, cost 6000)",
        "  Seq Scan on events  (rows 40, cost 5000)",
        "      Filter: (events.kind = $1)",
    ]
    assert len(excerpt(Node.of(loops(20, 5)), lines=5)) == 5


def test_a_spec_survives_being_stored() -> None:
    spec = IndexSpec("events", (Column("at", descends=True),), (("is_open", "true"),))
    assert IndexSpec.from_json(spec.as_json() | {"only": [["is_open", "true"]]}) == spec
    assert len(IndexSpec.on("e" * 80, "a").name) == 63
