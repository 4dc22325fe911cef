"""Statements as text: their tokens by PostgreSQL's rules, without values, and a fingerprint that equal ones share."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
    (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
  | (?P<string>[eE]'(?:[^'\\]|\\.|'')*(?:'|\Z)|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|\Z)
      |\$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z))
  | (?P<name>"(?:[^"]|"")*(?:"|\Z))
  | (?P<parameter>\$\d+)
  | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<word>[^\W\d][\w$]*)
  | (?P<space>\s+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_LISTS = re.compile(r"\(\s*\?(?:\s*,\s*\?)*\s*\)")
_ROWS = re.compile(r"\(\?\)(?:\s*,\s*\(\?\))+")
#: What stands for a number of rows that a statistic has forgotten: a page of a list.
PAGE = "50"
_FORGOTTEN = {"LIMIT": PAGE, "OFFSET": "0"}


def tokens(statement: str) -> Iterator[tuple[str, str]]:
    """Kind (comment, string, name, parameter, number, word, space, other) and text of each token, in order."""
    for match in _TOKEN.finditer(statement):
        kind = match.lastgroup or "other"
        yield ("string" if kind == "tag" else kind), match.group()


def masked(statement: str) -> str:
    """The statement without comments and without text of anybody: strings become parameters, which are counted anew.

    Numbers that the code wrote stay. ``LIMIT $1`` becomes a page: what PostgreSQL would guess for it misleads.
    """
    numbers: dict[str, str] = {}
    parts: list[str] = []
    word = ""
    for position, (kind, text) in enumerate(tokens(statement)):
        if kind == "parameter" and word in _FORGOTTEN:
            parts.append(_FORGOTTEN[word])
        elif kind in ("parameter", "string"):
            key = text if kind == "parameter" else f"string {position}"
            parts.append(numbers.setdefault(key, f"${len(numbers) + 1}"))
        else:
            parts.append(" " if kind in ("comment", "space") else text)
        if kind not in ("comment", "space"):
            word = text.upper() if kind == "word" else ""
    return re.sub(r" +", " ", "".join(parts)).strip().rstrip("; ")


def shape(statement: str) -> str:
    """The statement with ``?`` for every value, a list of them being one."""
    parts = ("?" if kind in ("parameter", "string", "number") else text for kind, text in tokens(masked(statement)))
    return _ROWS.sub("(?)", _LISTS.sub("(?)", "".join(parts)))


def fingerprint(statement: str) -> str:
    """Sixteen hexadecimal digits that statements of one shape share."""
    return hashlib.sha256(shape(statement).encode()).hexdigest()[:16]


def verb(statement: str) -> str:
    """The first word, in capitals; empty when there is none."""
    return next((text.upper() for kind, text in tokens(statement) if kind == "word"), "")


def is_single(statement: str) -> bool:
    """Whether it is one statement: the simple protocol would run a second one after a semicolon."""
    rest = [text for kind, text in tokens(statement) if kind not in ("comment", "space")]
    return ";" not in rest[:-1]


def parameters(statement: str) -> list[int]:
    """The numbers of its parameters, each once, in order."""
    return sorted({int(text[1:]) for kind, text in tokens(statement) if kind == "parameter"})
