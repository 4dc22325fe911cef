"""The checked-in tables: what each role gets from each address with each method.

A line is: name of the URL, method, and one cell a role in the order of ``ROLES``. ``*`` as a method stands for all of
``METHODS`` that have no line of their own. A cell is a status, or "login" for being sent to the login page. The
files in ``tables/`` are read as one table, one file a room.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

ROLES = (
    "anonymous",
    "viewer",
    "analyst",
    "supervisor",
    "operator",
    "integrator",
    "superuser",
    "stranger",
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
TABLES = Path(__file__).parent / "tables"

Cells = tuple[str, ...]
Table = dict[str, dict[str, Cells]]


class TableError(Exception):
    """A line that says nothing, or says it twice."""


def read_tables() -> Table:
    """By URL and method as written, ``*`` included."""
    table: Table = {}
    for file in sorted(TABLES.glob("*.tsv")):
        for url, method, cells in _lines(file):
            methods = table.setdefault(url, {})
            if method in methods:
                raise TableError(f"{file.name}: {url} {method} is there twice")
            methods[method] = cells
    return table


def expected(methods: Mapping[str, Cells], method: str) -> Cells | None:
    """The cells for one method; None when nobody wrote them down."""
    return methods.get(method, methods.get("*"))


def written(url: str, seen: Mapping[str, Cells]) -> str:
    """Lines for the table that say what was seen, the commonest cells under ``*``."""
    common = max(set(seen.values()), key=lambda cells: sum(one == cells for one in seen.values()))
    shared = sum(cells == common for cells in seen.values()) > 1
    lines = [(method, cells) for method, cells in seen.items() if not (shared and cells == common)]
    lines += [("*", common)] if shared else []
    return "\n".join("\t".join((url, method, *cells)) for method, cells in lines)


def _lines(file: Path) -> Iterator[tuple[str, str, Cells]]:
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        url, method, *cells = line.split("\t")
        if method not in (*METHODS, "*") or len(cells) != len(ROLES):
            raise TableError(f"{file.name}, line {number}: a method and {len(ROLES)} cells are wanted")
        yield url, method, tuple(cells)
