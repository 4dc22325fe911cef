"""Read the tables of data/: cells apart by tabs, `#` begins a comment line."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from analysis.text.normalise import APOSTROPHES, fold

DATA = Path(__file__).parent / "data"
#: Names for people, which change no verdict.
THEME_NAMES = "theme_names.tsv"
_NO_PUSO = str.maketrans("", "", APOSTROPHES)


class TableError(ValueError):
    """A table says something that cannot be used; the message names file and line."""


def rows(name: str, width: int) -> Iterator[list[str]]:
    """Yield the rows of `name` with exactly `width` cells, missing ones at the end as ""."""
    for number, line in enumerate((DATA / name).read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) > width or not cells[0]:
            raise TableError(f"{name}:{number}: expected 1 to {width} cells, got {len(cells)}")
        yield cells + [""] * (width - len(cells))


def weight(cell: str, name: str) -> float:
    """Return the number in `cell`; an empty one is 1."""
    try:
        return float(cell) if cell else 1.0
    except ValueError:
        raise TableError(f"{name}: {cell!r} is not a number") from None


def key(form: str) -> str:
    """Return `form` as words are compared: folded, and without the puso, which people often leave out."""
    return fold(form).translate(_NO_PUSO)


def fingerprint() -> str:
    """Return 8 hex digits that change whenever a table changes that a verdict depends on."""
    digest = sha256()
    for path in sorted(DATA.glob("*.tsv")):
        if path.name != THEME_NAMES:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
