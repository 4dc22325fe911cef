"""Words as people type them, found as people wrote them: case, accents, tildes and apostrophes do not matter."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import cache

from django.db.models import Q

from analysis.text.normalise import APOSTROPHES, fold

# Latin-1 and Latin Extended-A, and the two letters of Guarani that live elsewhere.
_LETTERS = "".join(map(chr, (*range(0x41, 0x180), 0x1EBC, 0x1EBD, 0x1EF8, 0x1EF9)))
_COMBINING = "[\u0300-\u036f]*"


def matching(q: str) -> Q:
    """A condition on ``Comment.text``: it holds each word of ``q``, in any order, also inside of a longer word."""
    condition = Q()
    for word in sorted(set(fold(q).split())):
        condition &= Q(text__regex=pattern(word))
    return condition


def pattern(word: str) -> str:
    """A PostgreSQL regular expression for a folded word; it relies on no collation of the database."""
    return "".join(_piece(character) for character in word)


def _piece(character: str) -> str:
    variants = _variants().get(character)
    if variants is None:
        return character if character.isalnum() or ord(character) > 0x7F else f"\\{character}"
    marks = _COMBINING if character.isalpha() else ""
    return f"[{''.join(variants)}]{marks}"


@cache
def _variants() -> dict[str, tuple[str, ...]]:
    """What each folded character may stand for, where that is more than itself."""
    found: dict[str, list[str]] = defaultdict(list)
    for letter in _LETTERS:
        folded = fold(letter)
        if len(folded) == 1 and unicodedata.category(letter)[0] == "L":
            found[folded].append(letter)
    found["'"] = list(APOSTROPHES)
    return {folded: tuple(letters) for folded, letters in found.items() if len(letters) > 1}
