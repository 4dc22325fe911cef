"""Concepts: words that mean much the same ("cortes", "caída", "ogue") stand for one thing that can be learnt of."""

from __future__ import annotations

from analysis.engines.base import Sentiment
from analysis.engines.embedded.lexicon import Sense
from analysis.engines.embedded.patterns import ADJECTIVE_ENDINGS
from analysis.engines.embedded.tables import key, rows
from analysis.text.tokens import Kind

NUMBER, BUT, NEGATED = "number", "but", "negated_verb"
_SHORTEST_STEM = 2


class Concepts:
    """The rows of concepts.tsv, by key (folded, without puso)."""

    def __init__(self) -> None:
        self._whole: dict[str, str] = {}
        self._stems: dict[str, str] = {}
        for concept, forms in rows("concepts.tsv", 2):
            for form in key(forms).split():
                self._add(form, concept)

    def _add(self, form: str, concept: str) -> None:
        if form.endswith("*"):
            self._stems.setdefault(form[:-1], concept)
        elif form.endswith("~"):
            for ending in ADJECTIVE_ENDINGS:
                self._whole.setdefault(form[:-1] + ending, concept)
        else:
            self._whole.setdefault(form, concept)

    def find(self, word: str, kind: Kind, sense: Sense, *, is_contrast: bool, says_no: bool) -> str:
        """Return the concept of `word` (a key), "" for none; without a row, the tone of the word stands for it."""
        if is_contrast:
            return BUT
        if kind in (Kind.STOP, Kind.EMOJI):
            return word
        found = self._whole.get(word) or self._by_stem(word)
        if found:
            return found
        if kind is Kind.NUMBER:
            return NUMBER
        if says_no:
            return NEGATED
        if sense.weight:
            return (Sentiment.POSITIVE if sense.weight > 0 else Sentiment.NEGATIVE).value
        return ""

    def _by_stem(self, word: str) -> str:
        for end in range(len(word), _SHORTEST_STEM - 1, -1):
            if found := self._stems.get(word[:end]):
                return found
        return ""
