"""Statements without values."""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(r"%(?:\((?P<name>\w+)\))?[sbt%]")
_PIECE = re.compile(
    r"""(?P<name>"(?:[^"]|"")*")                    # a quoted name is kept, whatever is in it
      | (?P<value>[eE]'(?:[^'\\]|\\.|'')*'          # texts, with escapes
                | '(?:[^']|'')*'                    # and without
                | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$   # and between dollars
                | (?<![\w$.])\d+(?:\.\d+)?\b)       # numbers
      | (?P<remark>--[^\n]* | /\*.*?\*/)            # remarks may quote anything""",
    re.VERBOSE | re.DOTALL,
)


def both(statement: str) -> str:
    """A statement that holds some of its values and has parameters for others."""
    without = masked(statement)
    return numbered(without, after=max(map(int, re.findall(r"\$(\d+)", without)), default=0))


def numbered(statement: str, *, after: int = 0) -> str:
    """A statement with ``$1``, ``$2`` ... for its parameters, as PostgreSQL itself writes them.

    A parameter with a name has one number wherever it stands; numbers up to ``after`` are taken.
    """
    count = after
    known: dict[str, str] = {}

    def replace(match: re.Match[str]) -> str:
        nonlocal count
        if match.group() == "%%":
            return "%"
        name = match["name"]
        if name in known:
            return known[name]
        count += 1
        if name:
            known[name] = f"${count}"
        return f"${count}"

    return _PLACEHOLDER.sub(replace, statement)


def masked(statement: str) -> str:
    """A statement that holds its values, with ``$1``, ``$2`` ... in their places and without remarks."""
    count = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal count
        if match["name"]:
            return match["name"]
        if match["remark"]:
            return " "
        count += 1
        return f"${count}"

    return _PIECE.sub(replace, statement)
