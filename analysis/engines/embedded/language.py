"""Which language a comment is in: lists of telling words, and letter groups for every other word."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from analysis.engines.base import Language
from analysis.engines.embedded.tables import DATA, TableError, key, rows, weight
from analysis.text.normalise import fold

GUARANI_FROM, SPANISH_BELOW = 0.82, 0.12
_LONGEST_GROUP = 4
_NASALS = frozenset("ãẽĩũỹâêîôûäëïöÿ\u0303")
_PUSO_WORTH, _NASAL_WORTH = 3.0, 2.0
_LISTED, _LEANING = 6.0, 1.0
_SURE, _PROOF = 2.0, 3.0
_SPANISH_LISTS = frozenset({"es", "es_pt"})
_NONE: frozenset[str] = frozenset()
_PORTUGUESE = frozenset({"pt"})
_PORTUGUESE_LETTERS = re.compile(r"ç|lh|[^g]ão|ões?$|k{4}")
_LATIN_END = 0x0250
_LATIN_MORE = range(0x1E00, 0x1F00)


class Tongue(NamedTuple):
    """What one word says of the language: the lists it is in, and the log-odds of Guarani against Spanish.

    `may_be_name`: it begins with a capital and goes on with small letters; `is_word`: it is more than an unknown letter.
    """

    lists: frozenset[str]
    odds: float
    may_be_name: bool
    is_word: bool


class LanguageModel:
    """Judges words by language_words.tsv first and by language_letters.tsv else."""

    def __init__(self) -> None:
        lists: dict[str, set[str]] = {}
        for name, words in rows("language_words.tsv", 2):
            for word in key(words).split():
                lists.setdefault(word, set()).add(name)
        self._lists = {word: frozenset(names) for word, names in lists.items()}
        self._groups = dict(_letter_groups())
        self._bias = self._groups.pop("bias")

    def tongue(self, text: str, word: str) -> Tongue:
        """Return the tongue of the spelling `text` whose key is `word`."""
        lists = self._lists.get(word, _PORTUGUESE if _PORTUGUESE_LETTERS.search(text.lower()) else _NONE)
        return Tongue(lists, self._odds(text, word), len(text) > 1 and text.istitle(), len(word) > 1 or bool(lists))

    def _odds(self, text: str, word: str) -> float:
        framed = f"^{word}$"
        groups = {
            framed[start : start + size]
            for size in range(1, _LONGEST_GROUP + 1)
            for start in range(len(framed) - size + 1)
        }
        odds = self._bias + sum(self._groups.get(group, 0.0) for group in groups)
        lowered = text.lower()
        if "'" in fold(text)[1:-1]:
            odds += _PUSO_WORTH
        if not _NASALS.isdisjoint(lowered):
            odds += _NASAL_WORTH
        return odds


def _letter_groups() -> Iterable[tuple[str, float]]:
    name = "language_letters.tsv"
    if not (DATA / name).exists():
        raise TableError(f"{name} is missing")
    for cell, groups in rows(name, 2):
        for group in groups.split():
            yield group, weight(cell, name)


def identify(tongues: Sequence[Tongue], text: str) -> tuple[Language, float]:
    """Return the language of a text and the share of Guarani, 0..1, among its words that are Guarani or Spanish.

    `tongues` are those of its words in order; a text without any word is `other`.
    """
    if not any(tongue.is_word for tongue in tongues) or _is_not_latin(text):
        return Language.OTHER, 0.0
    share = guarani_share(tongues)
    counts = Counter(name for tongue in tongues if "either" not in tongue.lists for name in tongue.lists)
    spanish, guarani = counts["es"], counts["gn"]
    if counts["pt"] > max(spanish, guarani):
        return Language.PT, 0.0
    if counts["en"] > spanish + counts["es_pt"] + guarani and 2 * counts["en"] >= len(tongues):
        return Language.OTHER, 0.0
    if share >= GUARANI_FROM:
        return Language.GN, share
    return (Language.ES if share < SPANISH_BELOW else Language.JOPARA), share


def guarani_share(tongues: Sequence[Tongue]) -> float:
    """Return the share of Guarani words; words of either language count as their neighbours do.

    Without one word that is surely Guarani there is none.
    """
    sides = [_side(tongue) for tongue in _counted(tongues)]
    if max(sides, default=0.0) < _PROOF and not (sum(sides) > _LEANING and min(sides) >= 0):
        return 0.0
    votes = [_lean(sides, place) for place in range(len(sides))]
    return round(sum(vote > 0 for vote in votes) / len(votes), 4)


def _counted(tongues: Sequence[Tongue]) -> Sequence[Tongue]:
    """Leave out what belongs to no language: loans used everywhere, and names where not all is capitalised."""
    common = [tongue for tongue in tongues if "any" not in tongue.lists]
    plain = [tongue for place, tongue in enumerate(common) if not (place and tongue.may_be_name)]
    return plain if len(plain) * 2 > len(common) else common


def _side(tongue: Tongue) -> float:
    """Return the log-odds of Guarani; a word of either language leans only a little."""
    worth = _LEANING if "either" in tongue.lists else _LISTED
    if "gn" in tongue.lists:
        return worth
    if tongue.lists & _SPANISH_LISTS:
        return -worth
    return max(-4.0, min(4.0, tongue.odds)) if not tongue.lists else 0.0


def _lean(sides: Sequence[float], place: int) -> float:
    """Return a side after its neighbours have had their say; an unsure one goes with them."""
    side = sides[place]
    if abs(side) >= _SURE:
        return side
    before = sides[place - 1] if place else 0.0
    after = sides[place + 1] if place + 1 < len(sides) else 0.0
    leaning = side + 0.5 * (before + after)
    return leaning or math.copysign(0.01, sum(sides))


def _is_not_latin(text: str) -> bool:
    """Say whether most letters are of another script than ours."""
    if text.isascii():
        return False
    letters = [ord(character) for character in text if character.isalpha()]
    foreign = sum(code >= _LATIN_END and code not in _LATIN_MORE for code in letters)
    return foreign * 2 > len(letters)
