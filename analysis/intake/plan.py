"""How a file is going to be read: which row names the columns, which column feeds what, on which scale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from analysis.intake import columns
from analysis.intake.customers import is_counter
from analysis.intake.dates import order_of
from analysis.intake.errors import NOTICES, IntakeError
from analysis.intake.header import clean_names, find_header
from analysis.intake.kinds import kind_of
from analysis.intake.limits import COLUMNS, SAMPLE_ROWS
from analysis.intake.ratings import FIVE, SCALES, TEN, detect_scale, is_nps, is_rating, parse_rating
from analysis.intake.readers.table import Row, Table
from analysis.intake.types import Notice, ReadOptions

_LOOK_CHARACTERS = 1000
_BELIEVED = 0.5
"""A column feeds a field by its name only when at least this share of its values can be read as such."""


@dataclass(slots=True)
class Plan:
    """Everything that was detected, or told, about a table."""

    names: tuple[str, ...]
    header_line: int
    fields: dict[str, int]
    kinds: tuple[str, ...]
    sample: list[Row]
    """The data rows looked at."""
    whole: bool
    """The sample is the whole table."""
    joint: str
    """What joins cells of one row in the file: the delimiter."""
    day_first: bool = True
    rating_scale: str = ""
    counter: bool = False
    """The customer column only counts its rows."""
    mended: bool = False
    origin: str = ""
    notices: list[Notice] = field(default_factory=list)

    def values(self, index: int) -> list[str]:
        """Return the sample's values of one column, stripped, blank ones too."""
        return _values(self.sample, index)

    def note(self, code: str, **params: str) -> None:
        """Keep something that a person should know."""
        self.notices.append(Notice(code, NOTICES[code], params))


def make_plan(table: Table, options: ReadOptions) -> Plan:
    """Detect from the first SAMPLE_ROWS rows what `options` leaves open. IntakeError when there are no rows."""
    sample = [
        (line, [cell[:_LOOK_CHARACTERS] for cell in cells], problem)
        for line, cells, problem in islice(table.rows(), SAMPLE_ROWS + 1)
    ]
    whole = len(sample) <= SAMPLE_ROWS
    header_line, raw_names = _header(table, sample, options)
    data = [row for row in sample if row[0] > header_line]
    filled = [row for row in data if any(cell and not cell.isspace() for cell in row[1])]
    if not filled:
        raise IntakeError("no_rows" if header_line or table.names else "empty_file")
    width = _width(raw_names, filled)
    names = clean_names(raw_names, width)
    kinds = tuple(kind_of(_values(filled, index)) for index in range(width))
    plan = Plan(names, header_line, {}, kinds, filled, whole, table.delimiter)
    _match(plan, options)
    _detect_values(plan, table, options)
    _find_marks(plan)
    return plan


def _header(table: Table, sample: Sequence[Row], options: ReadOptions) -> tuple[int, Sequence[str]]:
    """Return (line of the column names or 0, the names as they stand there)."""
    if table.names is not None:
        return 0, table.names
    if options.header_row is not None:
        if options.header_row == 0:
            return 0, ()
        told = next((cells for line, cells, _ in sample if line == options.header_row), None)
        if told is None:
            raise IntakeError("bad_option", {"option": "header_row"})
        return options.header_row, told
    readable = [row for row in sample if not row[2]]
    found = find_header([cells for _, cells, _ in readable])
    return (0, ()) if found is None else (readable[found][0], readable[found][1])


def _width(names: Sequence[str], rows: Sequence[Row]) -> int:
    usual = Counter(len(cells) for _, cells, problem in rows if not problem).most_common(1)
    width = max(len(names), usual[0][0] if usual else 1)
    if width > COLUMNS:
        raise IntakeError("too_many_columns", {"limit": str(COLUMNS)})
    return width


def _values(rows: Sequence[Row], index: int) -> list[str]:
    return [cells[index].strip() if index < len(cells) else "" for _, cells, problem in rows if not problem]


def _match(plan: Plan, options: ReadOptions) -> None:
    lengths = []
    for index in range(len(plan.names)):
        texts = [value for value in plan.values(index) if value]
        lengths.append(sum(map(len, texts)) / max(len(texts), 1))

    def accepts(field_name: str, index: int) -> bool:
        return _accepts(plan, field_name, index)

    plan.fields = columns.match_columns(plan.names, plan.kinds, lengths, accepts, options.columns)
    told = {name for name, column in (options.columns or {}).items() if column}
    comment = plan.fields.get("comment")
    if comment is None:
        plan.note("no_comment_column")
    elif len(plan.names) > 1 and "comment" not in told and not columns.names_comment(plan.names[comment]):
        plan.note("comment_guessed", column=plan.names[comment])


def _accepts(plan: Plan, field_name: str, index: int) -> bool:
    """Whether the values of a column, called like a field, can be read as such."""
    values = [value for value in plan.values(index) if value]
    if field_name in {"rating", "nps"}:
        reads = is_rating if field_name == "rating" else is_nps
        good = sum(map(reads, values)) >= _BELIEVED * len(values)
    elif field_name == "comment":
        good = plan.kinds[index] not in {"number", "date"}
    else:
        good = field_name != "date" or plan.kinds[index] != "text"
    if not good and field_name != "comment":
        plan.note("column_not_believed", column=plan.names[index])
    return good


def _detect_values(plan: Plan, table: Table, options: ReadOptions) -> None:
    if options.rating_scale is not None and options.rating_scale not in SCALES:
        raise IntakeError("bad_option", {"option": "rating_scale"})
    rating, date, customer = (plan.fields.get(name) for name in ("rating", "date", "customer"))
    if rating is not None:
        plan.rating_scale = options.rating_scale or _scale(plan, table, rating)
    elif "nps" in plan.fields:
        plan.rating_scale = TEN
    plan.day_first = options.day_first if options.day_first is not None else _day_first(plan, date)
    plan.counter = customer is not None and is_counter([value for value in plan.values(customer) if value])


def _scale(plan: Plan, table: Table, index: int) -> str:
    """A scale of 1 to 5 seen in the sample must hold in the whole column."""
    nps = plan.fields.get("nps")
    groups = plan.values(nps) if nps is not None else ()
    scale = detect_scale(plan.names[index], plan.values(index), groups)
    if scale == FIVE and not plan.whole and not _holds(table, plan.header_line, index):
        scale = TEN
    if scale == FIVE:
        plan.note("scale_of_five", column=plan.names[index])
    return scale


def _holds(table: Table, header_line: int, index: int) -> bool:
    for line, cells, problem in table.rows():
        if problem or index >= len(cells) or line <= header_line:
            continue
        try:
            parse_rating(cells[index], FIVE)
        except ValueError:
            if is_rating(cells[index]):
                return False
    return True


def _day_first(plan: Plan, index: int | None) -> bool:
    """Month first only where some dates cannot be read otherwise and none says the contrary."""
    if index is None:
        return True
    votes = Counter(map(order_of, plan.values(index)))
    month_first = votes[False] > 0 and not votes[True]
    if month_first:
        plan.note("month_first", column=plan.names[index])
    return not month_first


def _find_marks(plan: Plan) -> None:
    """A rejected.xlsx of ours says for each row which one it was."""
    if {columns.ROW, columns.REASON} <= set(plan.names):
        plan.mended = True
        if columns.ORIGIN in plan.names:
            origins = plan.values(plan.names.index(columns.ORIGIN))
            plan.origin = next((origin for origin in origins if origin), "")[:64]
