"""What kind of values a column holds, from a sample of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analysis.intake.dates import parse_date

_NUMBER = re.compile(r"[-+]?\d{1,15}(?:[.,]\d+)*(?:\s*/\s*(?:5|10))?\s*%?")
_FLAGS = frozenset({"true", "false", "verdadero", "falso"})
_MOST = 0.8


def kind_of(values: Sequence[str]) -> str:
    """Return text, number, date, bool, mixed or empty for a column's values; blank ones do not count."""
    filled = [value.strip() for value in values if value and not value.isspace()]
    if not filled:
        return "empty"
    counts = {"number": 0, "date": 0, "bool": 0, "text": 0}
    for value in filled:
        counts[_kind(value)] += 1
    kind = max(counts, key=lambda name: counts[name])
    if kind == "text":
        return "text" if counts["text"] >= 0.5 * len(filled) else "mixed"
    return kind if counts[kind] >= _MOST * len(filled) else "mixed"


def _kind(value: str) -> str:
    if len(value) > 60:
        return "text"
    if _NUMBER.fullmatch(value) and value.count(".") < 2:
        return "number"
    if value.lower() in _FLAGS:
        return "bool"
    if not any(character.isdigit() for character in value):
        return "text"
    try:
        parse_date(value)
    except ValueError:
        return "text"
    return "date"
