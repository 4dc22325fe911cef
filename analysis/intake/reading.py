"""The work of the child: a file is inspected, or read row by row into batches of plain tuples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from analysis.intake import columns
from analysis.intake.cleaning import Bad, Good, RejectedError, RowCleaner, one_line
from analysis.intake.customers import customer_ref
from analysis.intake.errors import IntakeError
from analysis.intake.header import column_letter
from analysis.intake.limits import BATCH_CHARACTERS, BATCH_ROWS
from analysis.intake.plan import Plan, make_plan
from analysis.intake.readers import open_table
from analysis.intake.readers.table import Row, Table
from analysis.intake.sniff import TEXTS, WORKBOOKS, extension
from analysis.intake.types import ColumnInfo, Inspection, ReadOptions
from analysis.text.pii import mask_pii

_SAMPLE_CHARACTERS = 120


@dataclass(slots=True)
class RawBatch:
    """A batch as it travels: tuples in the order of the fields of CleanRow and BadRow."""

    good: list[Good] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    blank: int = 0
    rows_read: int = 0
    characters: int = 0

    def is_full(self) -> bool:
        """Whether it is time to hand it over."""
        return len(self.good) + len(self.bad) >= BATCH_ROWS or self.characters >= BATCH_CHARACTERS


def inspect_file(path: Path, filename: str, options: ReadOptions) -> Inspection:
    """Say what a file holds and how it would be read. IntakeError."""
    table = open_table(path, filename, options)
    plan = make_plan(table, options)
    _note_oddities(plan, table, filename)
    rows = len(plan.sample)
    return Inspection(
        format=table.format,
        encoding=table.encoding,
        delimiter=table.delimiter,
        sheets=table.sheets,
        sheet=table.sheet,
        header_row=plan.header_line,
        columns=_columns(plan),
        rows_estimate=rows if plan.whole else table.estimate(rows, plan.sample[-1][0]),
        rows_exact=plan.whole,
        day_first=plan.day_first,
        rating_scale=plan.rating_scale,
        mended=plan.mended,
        origin=plan.origin,
        warnings=tuple(plan.notices),
    )


def _note_oddities(plan: Plan, table: Table, filename: str) -> None:
    named = extension(filename)
    if named in WORKBOOKS | TEXTS and named != table.format and WORKBOOKS & {named, table.format}:
        plan.note("name_and_content", named=named, format=table.format)
    if table.names is None and plan.header_line == 0 and len(plan.names) > 1:
        plan.note("no_header")
    if len(table.sheets) > 1:
        plan.note("other_sheets", sheets=", ".join(name for name in table.sheets if name != table.sheet))
    if table.mixed_encoding:
        plan.note("mixed_encoding")


def _columns(plan: Plan) -> tuple[ColumnInfo, ...]:
    """All columns but those without a name and without a value."""
    by_index = {index: name for name, index in plan.fields.items()}
    found = []
    for index, (name, kind) in enumerate(zip(plan.names, plan.kinds, strict=True)):
        if name in columns.MARKS or (kind == "empty" and name == column_letter(index)):
            continue
        fed = by_index.get(index)
        found.append(ColumnInfo(name, index, fed, kind, _samples(plan, index, fed), ignored=fed is None))
    return tuple(found)


def _samples(plan: Plan, index: int, fed: str | None) -> tuple[str, ...]:
    """Up to three different values, masked."""
    different = dict.fromkeys(one_line(value[:2000]) for value in plan.values(index)[:200])
    firsts = [value for value in different if value][:3]
    if fed == "customer":
        return tuple(customer_ref(value, b"", plan.counter)[0][:_SAMPLE_CHARACTERS] for value in firsts)
    if fed is None and columns.is_personal(plan.names[index]):
        return ("[masked]",) if firsts else ()
    return tuple(mask_pii(value)[0][:_SAMPLE_CHARACTERS] for value in firsts)


def read_file(path: Path, filename: str, options: ReadOptions, skip_rows: int, key: bytes) -> Iterator[RawBatch]:
    """Yield the rows of a file after the first `skip_rows`, cleaned. IntakeError, also on the way."""
    table = open_table(path, filename, options)
    plan = make_plan(table, options)
    if "comment" not in plan.fields:
        raise IntakeError("no_comment_column")
    yield from _Reader(plan, RowCleaner(plan, key)).batches(table.rows(), skip_rows)


def is_blank(cells: list[str]) -> bool:
    """Whether there is nothing in any cell."""
    if cells and cells[0] and not cells[0].isspace():
        return False
    return all(not cell or cell.isspace() for cell in cells)


class RowNumbers:
    """Row numbers seen, a bit each: a million in order take 128 kB (a set: 60 MB); scattered ones 256 MB at most."""

    PAGE = 65_536

    def __init__(self) -> None:
        self._pages: defaultdict[int, bytearray] = defaultdict(lambda: bytearray(self.PAGE // 8))

    def __contains__(self, number: int) -> bool:
        page, place = divmod(number, self.PAGE)
        return page in self._pages and bool(self._pages[page][place // 8] & 1 << place % 8)

    def add(self, number: int) -> None:
        """Note a number, 0 to 2³¹ - 1."""
        page, place = divmod(number, self.PAGE)
        self._pages[page][place // 8] |= 1 << place % 8


class _Claims:
    """The row numbers that a mended file says its rows had; each may be said once."""

    def __init__(self, plan: Plan) -> None:
        self._index = plan.names.index(columns.ROW)
        self._seen = RowNumbers()

    def number(self, cells: list[str]) -> int:
        """Return a row's first number. Raises RejectedError bad_origin."""
        said = cells[self._index].strip() if self._index < len(cells) else ""
        if (
            not (said.isascii() and said.isdigit() and len(said) <= 10 and 0 < int(said) < 2**31)
            or int(said) in self._seen
        ):
            raise RejectedError("", said, "bad_origin")
        self._seen.add(int(said))
        return int(said)


class _Reader:
    """Counts and numbers the rows of a table and sorts them into good and bad."""

    def __init__(self, plan: Plan, cleaner: RowCleaner) -> None:
        self._plan = plan
        self._cleaner = cleaner
        self._claim = _Claims(plan) if plan.mended else None

    def batches(self, rows: Iterator[Row], skip_rows: int) -> Iterator[RawBatch]:
        """Yield the batches in the order of the file; blank lines among the skipped rows are not counted again."""
        batch, number = RawBatch(), 0
        first_line = self._plan.header_line
        for line, cells, problem in rows:
            if line <= first_line:
                continue
            if is_blank(cells):
                batch.blank += number >= skip_rows
                continue
            number += 1
            if number > skip_rows:
                self._take(batch, number, line, cells, problem)
                if batch.is_full():
                    batch.rows_read = number
                    yield batch
                    batch = RawBatch()
        batch.rows_read = number
        if batch.good or batch.bad or batch.blank:
            yield batch

    def _take(self, batch: RawBatch, number: int, line: int, cells: list[str], problem: str) -> None:
        try:
            if problem:
                bad = self._cleaner.reject_line(number, line, cells[0], problem)
            else:
                if self._claim:
                    number = self._claim.number(cells)
                good = self._cleaner.clean(number, line, cells)
                batch.good.append(good)
                batch.characters += len(good[2])
                return
        except RejectedError as error:
            row = 0 if error.reason == "bad_origin" else number
            bad = self._cleaner.reject(row, line, cells, error)
        batch.bad.append(bad)
        batch.characters += sum(map(len, bad[5].values()))
