"""Where the column names stand, and what the columns are called when nothing says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from analysis.intake.columns import field_of, known_names
from analysis.intake.kinds import kind_of
from analysis.intake.limits import HEADER_ROWS, NAME_CHARACTERS
from analysis.text.normalise import normalise
from analysis.text.pii import mask_pii


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Return the index of the row of column names among the first `rows`, None when there is none."""
    firsts = rows[:HEADER_ROWS]
    known = [known_names(row) for row in firsts]
    most = max(known, default=0)
    if most:
        best = known.index(most)
        if known[best] > 1 or _filled(rows[best]) >= 0.5 * _usual_width(rows):
            return best
    return _by_contrast(rows)


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    widths = Counter(filled for row in rows if (filled := _filled(row)))
    return widths.most_common(1)[0][0] if widths else 0


def _by_contrast(rows: Sequence[Sequence[str]]) -> int | None:
    """The first row that fills the table's width with short, different words above columns of another kind."""
    width = _usual_width(rows)
    if width < 2:
        return None
    for index, row in enumerate(rows[:HEADER_ROWS]):
        cells = [cell.strip() for cell in row if cell.strip()]
        if len(cells) < width:
            continue
        names_like = len(set(cells)) == len(cells) and all(_like_a_name(cell) for cell in cells)
        return index if names_like and _differs_below(row, rows[index + 1 :]) else None
    return None


def _like_a_name(cell: str) -> bool:
    return len(cell) <= 80 and kind_of([cell]) == "text"


def _differs_below(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether at least one cell stands above its column like a name."""
    return any(_names(name, [cells[index] for cells in below if index < len(cells)]) for index, name in enumerate(row))


def _names(name: str, values: Sequence[str]) -> bool:
    """A name is one that we know, or a question, or stands above numbers or dates, far longer or recurring texts."""
    texts = [value.strip() for value in values if value.strip()]
    if kind_of(values) in {"number", "date", "bool"} or field_of(name) or name.rstrip().endswith(("?", ":")):
        return True
    longer = sum(map(len, texts)) > 4 * max(len(name), 6) * len(texts) > 0
    recurring = len(texts) >= 4 and len(set(texts)) <= len(texts) / 2 and name.strip() not in texts
    return longer or recurring


def column_letter(index: int) -> str:
    """Return the letters that a spreadsheet puts above a column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def clean_names(raw: Sequence[str], width: int) -> tuple[str, ...]:
    """Return `width` different, printable names; letters for columns without one, a number on repeats."""
    names: list[str] = []
    taken: set[str] = set()
    for index in range(width):
        given = " ".join(normalise(raw[index]).split()) if index < len(raw) else ""
        name = base = mask_pii(given)[0][:NAME_CHARACTERS] or column_letter(index)
        count = 1
        while name in taken:
            count += 1
            name = f"{base} ({count})"
        taken.add(name)
        names.append(name)
    return tuple(names)
