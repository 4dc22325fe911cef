"""What is wrong with the indexes that there are, and which are missing: plain functions of the catalogue's facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from perf.advisor.catalogue import ForeignKey, IndexFacts, TableFacts
from perf.advisor.documented import DocumentedIndex
from perf.advisor.spec import PREFIX, IndexSpec

#: How long nobody must have used an index before that is held against it, and how big a table must be to matter.
LONG_ENOUGH = timedelta(days=7)
SOME_ROWS = 10_000
_BLOATED, _BIG = 3.0, 10 * 1024 * 1024
_ENTRY_OVERHEAD, _FILLED = 16, 0.7


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one index: used, resting (not used yet, not for long), rule (holds a rule true), unused, duplicate, covered,
    broken or bloated; ``other`` is the index that makes it superfluous."""

    index: IndexFacts
    code: str
    other: str = ""


def judge(
    indexes: Iterable[IndexFacts],
    tables: Mapping[str, TableFacts],
    documented: Iterable[DocumentedIndex],
    watched: timedelta,
) -> list[Verdict]:
    """A verdict on each; ``watched`` is for how long scans have been counted."""
    everything = list(indexes)
    kept = {each.name for each in documented}
    return [_judge_one(each, everything, tables, kept, watched) for each in everything]


def _judge_one(
    index: IndexFacts, others: list[IndexFacts], tables: Mapping[str, TableFacts], kept: set[str], watched: timedelta
) -> Verdict:
    if not index.is_valid:
        return Verdict(index, "broken")
    other = None if index.is_unique or index.is_constraint or index.name in kept else _other_for(index, others)
    if other is not None:
        return Verdict(index, "duplicate" if len(other.columns) == len(index.columns) else "covered", other.name)
    rows = tables[index.table].rows if index.table in tables else 0.0
    if is_bloated(index, rows):
        return Verdict(index, "bloated")
    if index.scans:
        return Verdict(index, "used")
    if index.is_unique or index.is_constraint:
        return Verdict(index, "rule")
    is_idle = watched >= LONG_ENOUGH and rows >= SOME_ROWS and index.name not in kept
    return Verdict(index, "unused" if is_idle else "resting")


def _other_for(index: IndexFacts, others: list[IndexFacts]) -> IndexFacts | None:
    """An index that can do all that this one does; of two equal ones the later name is the superfluous one."""
    for other in others:
        width = len(index.columns)
        same = (other.table, other.method, other.predicate) == (index.table, index.method, index.predicate)
        leads = other.columns[:width] == index.columns and other.modes[:width] == index.modes
        is_equal = len(other.columns) == width
        if other.name == index.name or not (same and leads and other.is_valid) or index.method != "btree":
            continue
        if not is_equal or other.is_unique or _age(other) < _age(index):
            return other
    return None


def _age(index: IndexFacts) -> tuple[bool, str]:
    """Of equal indexes the adviser's own goes first, then the later name."""
    return index.name.startswith(PREFIX), index.name


def is_bloated(index: IndexFacts, rows: float) -> bool:
    """Whether it takes several times the room that its entries need."""
    if index.method != "btree" or index.predicate or not index.entry_bytes or index.bytes < _BIG:
        return False
    return index.bytes > _BLOATED * rows * (index.entry_bytes + _ENTRY_OVERHEAD) / _FILLED


def missing_for_keys(keys: Iterable[ForeignKey], tables: Mapping[str, TableFacts]) -> Iterator[IndexSpec]:
    """Indexes for references of big tables whose targets really lose rows: each such loss reads the table through."""
    for key in keys:
        table, target = tables.get(key.table), tables.get(key.target)
        if table is None or target is None or table.rows < SOME_ROWS:
            continue
        is_led = any(_serves_key(each, key) for each in table.indexes)
        if not is_led and target.deleted and table.sequential_scans:
            yield IndexSpec.on(key.table, *key.columns)


def _serves_key(index: IndexFacts, key: ForeignKey) -> bool:
    """A partial index on the rows that refer to anything is as good as a whole one."""
    is_whole = not index.predicate or index.predicate == f"({key.columns[0]} IS NOT NULL)"
    return index.is_valid and is_whole and set(index.columns[: len(key.columns)]) == set(key.columns)


def missing_documented(
    documented: Iterable[DocumentedIndex], indexes: Iterable[IndexFacts], tables: Mapping[str, TableFacts]
) -> list[DocumentedIndex]:
    """Documented indexes that are not there, or not as documented, of tables that are."""
    there = list(indexes)
    return [each for each in documented if each.table in tables and not any(each.is_met_by(one) for one in there)]


def watched_for(since: datetime, now: datetime) -> timedelta:
    """For how long scans have been counted."""
    return max(timedelta(), now - since)
