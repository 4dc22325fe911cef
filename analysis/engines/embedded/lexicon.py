"""The lexicon: how good or bad a single word is, and the feeling it names."""

from __future__ import annotations

import re
from typing import NamedTuple

from analysis.engines.embedded.patterns import ADJECTIVE_ENDINGS
from analysis.engines.embedded.tables import key, rows, weight


class Sense(NamedTuple):
    """Weight -3..3 and an emotion code or ""."""

    weight: float
    emotion: str


NOTHING = Sense(0.0, "")
_VERY = 1.5
_NOT = -0.8
_STRONGEST = 3.0
_SHORTEST_STEM = 3

# Guarani: nd(a)-...-i / -ri negates a verb (ndavy'ai: I am not happy), -iterei / -ite mean "very".
_GUARANI_NOT = re.compile(r"n(?:d[aeiou]|[aeo])[a-z]{3,}i")
_GUARANI_UNNAMED_NOT = re.compile(r"nd[ao][a-z]{3,}i")
_UNNAMED = Sense(-0.5, "")
_GUARANI_VERY = re.compile(r"([a-z]{3,}?)(?:[ie]*terei|[ie]te)(?:ko|ngo|niko|voi|ma)?")
_STRONGER = re.compile(r"(?:re|super|recontra|hiper|mega)([a-z]{4,})")


class Forms:
    """The rows of one or more lexicon tables, by key (folded, without puso)."""

    def __init__(self, *names: str) -> None:
        self._whole: dict[str, Sense] = {}
        self._adjectives: dict[str, Sense] = {}
        self._stems: dict[str, Sense] = {}
        for name in names:
            for form, cell, emotion in rows(name, 3):
                self._add(key(form), Sense(weight(cell, name), emotion))

    def _add(self, form: str, sense: Sense) -> None:
        if form.endswith("*"):
            self._stems[form[:-1]] = sense
        elif form.endswith("~"):
            for ending in ADJECTIVE_ENDINGS:
                self._adjectives[form[:-1] + ending] = _times(sense, _VERY) if len(ending) > 3 else sense
        else:
            self._whole[form] = sense

    def find(self, word: str) -> Sense | None:
        """Return the sense of `word`: whole forms first, then adjective endings, then the longest stem."""
        sense = self.find_exactly(word)
        end = len(word)
        while sense is None and end > 1:
            sense = self._stems.get(word[:end])
            end -= 1
        return sense

    def find_exactly(self, word: str) -> Sense | None:
        """Return the sense of `word`, stems left aside."""
        return self._whole.get(word) or self._adjectives.get(word)


class Lexicon:
    """Spanish and Guarani in one (Jopara mixes them in every sentence), Portuguese apart."""

    def __init__(self) -> None:
        self._forms = Forms("lexicon_gn.tsv", "lexicon_es.tsv")
        self._portuguese = Forms("lexicon_pt.tsv")

    def sense(self, word: str) -> Sense:
        """Return the sense of `word` (a key), NOTHING when it has none."""
        return self._forms.find(word) or self._derived(word) or NOTHING

    def says_no(self, word: str) -> bool:
        """Say whether `word` is a Guarani verb with its negation around it, so that a "no" before it adds nothing."""
        return bool(_GUARANI_NOT.fullmatch(word))

    def portuguese(self, word: str) -> Sense | None:
        """Return the sense `word` has in Portuguese, None when the table does not know it."""
        return self._portuguese.find(word)

    def _derived(self, word: str) -> Sense | None:
        """Take apart what a table need not list: Guarani negation and "very", Spanish re- and super-."""
        if very := _GUARANI_VERY.fullmatch(word):
            sense = self._forms.find_exactly(very[1]) or self._forms.find_exactly(very[1] + "i")
            if sense:
                return _times(sense, _VERY)
        if _GUARANI_NOT.fullmatch(word):
            return self._negated(word)
        if stronger := _STRONGER.fullmatch(word):
            sense = self._forms.find_exactly(stronger[1])
            return _times(sense, _VERY) if sense else None
        return None

    def _negated(self, word: str) -> Sense | None:
        for tail in ("ri", "i"):
            if not word.endswith(tail):
                continue
            for head in (1, 2, 3):
                stem = word[head : -len(tail)]
                sense = self._forms.find_exactly(stem) if len(stem) >= _SHORTEST_STEM else None
                if sense and sense.weight:
                    return Sense(round(sense.weight * _NOT, 3), "")
        return _UNNAMED if _GUARANI_UNNAMED_NOT.fullmatch(word) else None


def _times(sense: Sense, factor: float) -> Sense:
    weight = max(-_STRONGEST, min(_STRONGEST, sense.weight * factor))
    return Sense(round(weight, 3), sense.emotion)
