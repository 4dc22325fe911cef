"""Verdicts on indexes, and which are missing, from facts of the catalogue."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from perf.advisor.catalogue import ForeignKey, IndexFacts, TableFacts
from perf.advisor.documented import DocumentedIndex
from perf.advisor.health import judge, missing_documented, missing_for_keys
from perf.advisor.spec import IndexSpec
from perf.models import Finding
from tests.perf.advisor.test_rules import index, table

LONG, SHORT = timedelta(days=30), timedelta(days=1)
DOCUMENTED = DocumentedIndex("idx_kind", "events", ("kind",), "by kind", Finding.objects.all)


def verdict_of(
    one: IndexFacts, *others: IndexFacts, watched: timedelta = LONG, rows: float = 200_000
) -> tuple[str, str]:
    facts = {"events": table(rows)}
    first = judge([one, *others], facts, [DOCUMENTED], watched)[0]
    return first.code, first.other


def test_an_index_that_is_scanned_is_used() -> None:
    assert verdict_of(index("a", "kind")) == ("used", "")


def test_an_index_that_nobody_scanned_for_long_is_unused() -> None:
    assert verdict_of(index("a", "kind", scans=0)) == ("unused", "")


def test_it_is_too_early_to_say_so_after_a_day_or_of_a_small_table() -> None:
    assert verdict_of(index("a", "kind", scans=0), watched=SHORT) == ("resting", "")
    assert verdict_of(index("a", "kind", scans=0), rows=10) == ("resting", "")


def test_what_holds_a_rule_true_is_never_unused() -> None:
    assert verdict_of(index("a", "kind", scans=0, is_unique=True)) == ("rule", "")


def test_a_documented_index_is_never_unused_or_covered() -> None:
    assert verdict_of(index("idx_kind", "kind", scans=0)) == ("resting", "")
    assert verdict_of(index("idx_kind", "kind"), index("wide", "kind", "at")) == ("used", "")


def test_an_index_that_another_begins_with_is_covered() -> None:
    assert verdict_of(index("a", "kind"), index("b", "kind", "at")) == ("covered", "b")


def test_of_two_equal_indexes_one_is_superfluous_and_the_adviser_s_own_before_others() -> None:
    assert verdict_of(index("b", "kind"), index("a", "kind")) == ("duplicate", "a")
    assert verdict_of(index("a", "kind"), index("b", "kind")) == ("used", "")
    assert verdict_of(index("adv_a", "kind"), index("b", "kind")) == ("duplicate", "b")
    assert verdict_of(index("b", "kind"), index("adv_a", "kind")) == ("used", "")


@pytest.mark.parametrize(
    "other",
    [
        index("b", "at", "kind"),
        index("b", "kind", "at", modes=("9:0", "1:0")),
        index("b", "kind", "at", predicate="is_open"),
        index("b", "kind", "at", is_valid=False),
        index("b", "kind", "at", method="gin"),
        index("b", "kind", "at", table="others"),
    ],
    ids=["other order", "other operators", "partial", "broken", "other method", "other table"],
)
def test_an_index_that_cannot_do_the_same_covers_nothing(other: IndexFacts) -> None:
    assert verdict_of(index("a", "kind"), other) == ("used", "")


def test_an_unfinished_index_is_broken() -> None:
    assert verdict_of(index("a", "kind", is_valid=False)) == ("broken", "")


def test_an_index_of_several_times_its_size_is_bloated() -> None:
    needed = 200_000 * 24
    assert verdict_of(index("a", "kind", bytes=needed * 10)) == ("bloated", "")
    assert verdict_of(index("a", "kind", bytes=needed)) == ("used", "")


KEY = ForeignKey("events", ("owner_id",), "owners")


def owners(deleted: int = 5) -> TableFacts:
    return replace(table(name="owners"), deleted=deleted)


def missing(events: TableFacts, target: TableFacts) -> list[IndexSpec]:
    return list(missing_for_keys([KEY], {"events": events, "owners": target}))


def test_a_reference_whose_target_loses_rows_wants_an_index() -> None:
    assert missing(table(), owners()) == [IndexSpec.on("events", "owner_id")]


@pytest.mark.parametrize(
    ("events", "target"),
    [
        (table(200_000, index("a", "owner_id", "at")), owners()),
        (table(200_000, index("a", "owner_id", predicate="(owner_id IS NOT NULL)")), owners()),
        (table(100), owners()),
        (table(), owners(deleted=0)),
    ],
    ids=["led by it", "partial index on what is filled", "small", "nothing was deleted"],
)
def test_a_reference_that_costs_nothing_wants_none(events: TableFacts, target: TableFacts) -> None:
    assert missing(events, target) == []


def test_a_documented_index_is_missing_when_it_is_not_there_as_documented() -> None:
    tables = {"events": table()}
    assert missing_documented([DOCUMENTED], [], tables) == [DOCUMENTED]
    assert missing_documented([DOCUMENTED], [index("idx_kind", "at")], tables) == [DOCUMENTED]
    assert missing_documented([DOCUMENTED], [index("idx_kind", "kind", is_valid=False)], tables) == [DOCUMENTED]
    assert missing_documented([DOCUMENTED], [index("idx_kind", "kind")], tables) == []
    assert missing_documented([DOCUMENTED], [], {}) == []
