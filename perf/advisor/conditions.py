"""Reads the conditions and sort keys of a plan, as PostgreSQL prints them, into columns, comparisons and parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from perf.advisor.spec import Column
from perf.advisor.statements import tokens

_IDENTIFIER = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
# A column, bare or, as PostgreSQL compares varchar, read as text.
_COLUMN = rf"\(?(?P<alias>{_IDENTIFIER})\.(?P<column>{_IDENTIFIER})\)?(?P<cast>::[\w ]+(?:\(\d+\))?)?"
_COMPARED = re.compile(rf"{_COLUMN} (?P<operator><=|>=|<>|=|<|>|~~\*?|!~~\*?) (?P<other>.+)", re.DOTALL)
_NULL = re.compile(rf"{_COLUMN} IS (?P<not>NOT )?NULL")
_BOOLEAN = re.compile(rf"(?P<not>NOT )?{_COLUMN}")
_SORTED = re.compile(rf"{_COLUMN}(?P<descends> DESC)?")
_KINDS = {"=": "equal", "<": "below", "<=": "below", ">": "above", ">=": "above", "~~": "pattern", "~~*": "pattern"}
RANGES = frozenset({"below", "above"})


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of a column: ``kind`` is equal, below, above, pattern, null, filled, true, false or other.

    ``other`` is any condition of which no plain index on a column knows anything; its names are then empty.
    """

    kind: str
    alias: str = ""
    column: str = ""
    parameters: tuple[int, ...] = ()


def read(expression: str) -> list[Condition]:
    """The conditions that must all hold."""
    return [_read_one(part) for part in _split(expression)]


def sort_column(key: str) -> tuple[str, Column] | None:
    """Alias and column of a sort key, or None when it is an expression or puts NULLs where an index would not."""
    found = _SORTED.fullmatch(key.strip())
    if not found or found["cast"]:
        return None
    return _bare(found["alias"]), Column(_bare(found["column"]), bool(found["descends"]))


def _read_one(text: str) -> Condition:
    if found := _COMPARED.fullmatch(text):
        return _compared(found)
    if found := _NULL.fullmatch(text):
        return _named("filled" if found["not"] else "null", found)
    if found := _BOOLEAN.fullmatch(text):
        return _named("false" if found["not"] else "true", found)
    return Condition("other")


def _compared(found: re.Match[str]) -> Condition:
    kind = _KINDS.get(found["operator"], "other")
    own = re.compile(rf"(?<![\w\"]){re.escape(found['alias'])}\.")
    if kind == "other" or (found["cast"] or "::text") != "::text" or own.search(found["other"]):
        return Condition("other")
    return _named(kind, found, tuple(int(number) for number in re.findall(r"\$(\d+)", found["other"])))


def _named(kind: str, found: re.Match[str], parameters: tuple[int, ...] = ()) -> Condition:
    return Condition(kind, _bare(found["alias"]), _bare(found["column"]), parameters)


def _bare(identifier: str) -> str:
    return identifier[1:-1].replace('""', '"') if identifier.startswith('"') else identifier


def _split(expression: str) -> list[str]:
    """The parts of a conjunction, each without its outer parentheses; a disjunction is one part."""
    text = _unwrapped(expression.strip())
    parts, words = [""], set()
    for depth, kind, piece in _with_depth(text):
        is_word = kind == "word" and depth == 0
        words |= {piece} if is_word else set()
        if is_word and piece == "AND":
            parts.append("")
        else:
            parts[-1] += piece
    if "OR" in words or len(parts) == 1:
        return [text]
    return [one for part in parts for one in _split(part)]


def _unwrapped(text: str) -> str:
    while text.startswith("(") and text.endswith(")"):
        inner = text[1:-1]
        if any(depth < 0 for depth, _kind, _piece in _with_depth(inner)):
            break
        text = inner.strip()
    return text


def _with_depth(text: str) -> Iterator[tuple[int, str, str]]:
    depth = 0
    for kind, piece in tokens(text):
        depth -= piece == ")" and kind == "other"
        yield depth, kind, piece
        depth += piece == "(" and kind == "other"
