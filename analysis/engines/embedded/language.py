"""Which language a comment is in: lists of telling words, and letter groups for every other word."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from analysis.engines.base import Language
from analysis.engines.embedded.tables import key, rows, weight
from analysis.text.normalise import fold

GUARANI_FROM, SPANISH_BELOW = 0.82, 0.12
_LONGEST_GROUP = 4
_NASALS = frozenset("ãẽĩũỹâêîôûäëïöÿ\u0303")
_PUSO_WORTH, _NASAL_WORTH = 3.0, 2.0
_LISTED, _GUESSED, _LEANING = 6.0, 4.0, 1.0
_SURE, _PROOF = 2.0, 3.0
_SPANISH_LISTS = frozenset({"es", "es_pt"})
_NONE: frozenset[str] = frozenset()
_PORTUGUESE = frozenset({"pt"})
_PORTUGUESE_LETTERS = re.compile(
    r"ç|lh|[^g]ão|ões?$|k{4}|^(?:és?|às?|só|sós|lá|já|até|né|tô|cê|mô|vô)$|[bcdfglmnprstvz]ê(?:s|m|nc\w+)?$"
    r"|[aeiou]ss(?:[ao]s?|es?|a[rm]|ad[oa]s?|o[ua]l?s?|e[mi])$|(?<!\be)nh(?!el|ab|um|ib|al)[aoe]|[aeo]ix[aoei]|zinh"
    r"|[êâô]n[cg]i|[áéíóúâêô][bcdfglmnprstvz]{1,3}i[oa]s?$|[áí]ve(?:l|is)$|age(?:m|ns)$|\w\wdade$"
    r"|[bcdfghjlmnpqstz]eir[oa]s?$|(?:qu|ss|nc|ix|i)ei$|\w\w(?:[cdfgjlmnprstvxz]ou|[cdfgjlmnprtvxz]eu)$"
    r"|(?:ar|er|ir|av)am$|\w\w(?:ss|ar|er|ir)em$|(?:lv|end|rr|qu|gu)em$"
)
"""Letters that neither Spanish nor Guarani has, and endings of Portuguese alone (chegou, ficaram, estável, próprio)."""

_WRITTEN_PORTUGUESE = frozenset({"é", "já", "só"})
"""Portuguese for their accent, whatever the word is without it."""

_FOREIGN = re.compile(r"[\u0370-\u1dff\u2c00-\ud7ff\uf900-\ufaff\ufb1d-\ufdff]")
"""Letters of scripts other than the Latin one."""


class Tongue(NamedTuple):
    """What one word says of the language.

    `lists` of language_words.tsv it is in; `side`: the log-odds of Guarani against Spanish, a word of either leans only
    a little; `may_be_name`: it begins with a capital and goes on with small letters; `is_word`: it is more than an
    unknown letter.
    """

    lists: frozenset[str]
    side: float
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
        lists = self._listed(text.lower(), word)
        may_be_name = len(text) > 1 and text.istitle()
        return Tongue(lists, self._side(lists, text, word), may_be_name, len(word) > 1 or bool(lists))

    def _listed(self, text: str, word: str) -> frozenset[str]:
        if text in _WRITTEN_PORTUGUESE:
            return _PORTUGUESE
        return self._lists.get(word, _PORTUGUESE if _PORTUGUESE_LETTERS.search(text) else _NONE)

    def _side(self, lists: frozenset[str], text: str, word: str) -> float:
        worth = _LEANING if "either" in lists else _LISTED
        if lists:
            return worth * (("gn" in lists) - (not lists.isdisjoint(_SPANISH_LISTS)))
        return max(-_GUESSED, min(_GUESSED, self._odds(text, word)))

    def _odds(self, text: str, word: str) -> float:
        framed = f"^{word}$"
        groups = dict.fromkeys(
            framed[start : start + size]
            for size in range(1, _LONGEST_GROUP + 1)
            for start in range(len(framed) - size + 1)
        )
        odds = self._bias + sum(self._groups.get(group, 0.0) for group in groups)
        if "'" in fold(text)[1:-1]:
            odds += _PUSO_WORTH
        if not _NASALS.isdisjoint(text.lower()):
            odds += _NASAL_WORTH
        return odds


def _letter_groups() -> Iterable[tuple[str, float]]:
    name = "language_letters.tsv"
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
    counts = Counter([name for tongue in tongues if "either" not in tongue.lists for name in tongue.lists])
    spanish, guarani = counts["es"], counts["gn"]
    if counts["pt"] > max(spanish, guarani, counts["en"]):
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
    if all(tongue.side < _LEANING for tongue in tongues):
        return 0.0
    sides = [tongue.side for tongue in _counted(tongues)]
    if max(sides, default=0.0) < _PROOF and not (sum(sides) > _LEANING and min(sides) >= 0):
        return 0.0
    votes = [_lean(sides, place) for place in range(len(sides))]
    return round(sum(vote > 0 for vote in votes) / len(votes), 4)


def _counted(tongues: Sequence[Tongue]) -> Sequence[Tongue]:
    """Leave out what belongs to no language: loans used everywhere, and names where not all is capitalised."""
    common = [tongue for tongue in tongues if "any" not in tongue.lists]
    plain = [tongue for place, tongue in enumerate(common) if not (place and tongue.may_be_name)]
    return plain if len(plain) * 2 > len(common) else common


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
    if not _FOREIGN.search(text):
        return False
    letters = [character for character in text if character.isalpha()]
    return 2 * sum(bool(_FOREIGN.match(letter)) for letter in letters) > len(letters)
