"""How a comment sounds: each word or turn of phrase with its weight, after negation, degree, clause and irony."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.engines.embedded.lexicon import Sense
from analysis.engines.embedded.reading import Match, Reading
from analysis.engines.embedded.words import COMMA, QUESTION, STOP, Word
from analysis.text.tokens import Kind

NEGATION_SCOPE = 3
_NEGATED_PRAISE, _NEGATED_COMPLAINT = -0.85, -0.5
_LATER_CLAUSE, _EARLIER_CLAUSE = 1.3, 0.8
_ASKED_PRAISE = 0.3
_HIGHEST_DEGREE = 2.0
_IRONIC_PRAISE, _IRONIC_REACH = 1.9, 14
_TAKEN_BACK = 0.5


@dataclass(slots=True)
class Hit:
    """Words start..end-1 weigh `weight` (below 0: complaint); `kind` is the kind of its rule, or "word"."""

    start: int
    end: int
    weight: float
    kind: str
    emotion: str
    is_flipped: bool = False


class ToneReader:
    """Walks once over the words of a reading."""

    def __init__(self, reading: Reading, is_portuguese: bool) -> None:
        self._reading = reading
        self._is_portuguese = is_portuguese
        self._idioms = {match.start: match for match in reading.apart("idiom")}
        self._hits: list[Hit] = []
        self._negated_until = 0
        self._negation = 0.0
        self._degree = 1.0
        self._sentence = 0
        self._pasts: list[tuple[int, float]] = []
        self._contrasts: list[int] = []

    def hits(self) -> list[Hit]:
        """Return what in the text has weight, in its order."""
        words, index = self._reading.words, 0
        while index < len(words):
            match = self._idioms.get(index)
            if match:
                self._read_idiom(match)
                index = match.end
            else:
                self._read_word(index, words[index])
                index += 1
        self._weigh_clauses()
        _turn_irony(self._reading, self._hits, self._contrasts)
        return self._hits

    def _read_idiom(self, match: Match) -> None:
        rule, weight = match.rule, match.rule.weight
        is_negated = match.start < self._negated_until and not rule.holds_negation and rule.label == "idiom"
        if weight:
            if is_negated:
                weight *= _NEGATED_PRAISE if weight > 0 else _NEGATED_COMPLAINT
            else:
                weight *= min(self._degree, 1.2)
            self._hits.append(Hit(match.start, match.end, weight, rule.label, rule.emotion, is_negated))
        for index in range(match.start, match.end):
            self._note_contrast(index, self._reading.words[index])
        self._degree = 1.0

    def _read_word(self, index: int, word: Word) -> None:
        if word.key in (STOP, QUESTION, COMMA):
            self._read_stop(index, word.key)
            return
        self._note_contrast(index, word)
        modifier, sense = word.modifier, self._sense(word)
        if modifier.factor != 1.0 and (not sense.weight or self._has_weight(index + 1)):
            self._degree = min(_HIGHEST_DEGREE, self._degree * modifier.factor)
        elif sense.weight or sense.emotion:
            self._add_word(index, sense, word.says_no or bool(modifier.negates))
            self._degree = 1.0
        if modifier.negates:
            self._negated_until, self._negation = index + 1 + NEGATION_SCOPE, modifier.negates

    def _sense(self, word: Word) -> Sense:
        return word.portuguese if self._is_portuguese and word.portuguese else word.sense

    def _has_weight(self, index: int) -> bool:
        words = self._reading.words
        if index >= len(words):
            return False
        idiom = self._idioms.get(index)
        return bool(idiom.rule.weight if idiom else self._sense(words[index]).weight)

    def _add_word(self, index: int, sense: Sense, says_no: bool) -> None:
        is_negated = index < self._negated_until and not says_no
        weight = sense.weight * self._degree
        if is_negated:
            weight *= self._negation * (_NEGATED_PRAISE if weight > 0 else _NEGATED_COMPLAINT)
        self._hits.append(Hit(index, index + 1, weight, "word", sense.emotion, is_negated))

    def _read_stop(self, index: int, key: str) -> None:
        words = self._reading.words
        goes_on = key == COMMA and index + 1 < len(words) and words[index + 1].key == "ni"
        if not goes_on:
            self._negated_until, self._degree = 0, 1.0
        if key == QUESTION:
            for hit in self._hits[self._sentence :]:
                if hit.weight > 0:
                    hit.weight *= _ASKED_PRAISE
        if key != COMMA:
            self._sentence = len(self._hits)

    def _note_contrast(self, index: int, word: Word) -> None:
        if word.modifier.is_contrast:
            self._contrasts.append(index)
            self._negated_until, self._degree = 0, 1.0
        elif word.modifier.past != 1.0:
            self._pasts.append((index, word.modifier.past))

    def _weigh_clauses(self) -> None:
        """Let the clause after the last contrast weigh more, and what was true only before it less."""
        if not self._contrasts:
            return
        last = self._contrasts[-1]
        if not any(hit.start > last for hit in self._hits):
            return
        for hit in self._hits:
            hit.weight *= _LATER_CLAUSE if hit.start >= last else _EARLIER_CLAUSE
            later = min((contrast for contrast in self._contrasts if contrast > hit.start), default=0)
            pasts = [factor for place, factor in self._pasts if place < later and hit.start < later]
            if pasts:
                hit.weight *= min(pasts)


def _turn_irony(reading: Reading, hits: list[Hit], contrasts: list[int]) -> None:
    """Turn praise that runs straight into an outage ("excelente, dos días sin internet") and is not taken back."""
    for place, fact in enumerate(hits):
        if fact.weight >= 0 or fact.kind not in ("fact", "sarcasm"):
            continue
        after = hits[place + 1 :]
        spoken = [hit for hit in after if reading.words[hit.start].kind is not Kind.EMOJI]
        if fact.kind == "fact" and any(hit.weight > _TAKEN_BACK for hit in spoken):
            return
        ironic = [hit for hit in hits[:place] if _is_ironic(hit, fact, contrasts)]
        if ironic or fact.kind == "sarcasm":
            ironic += [hit for hit in after if hit.weight > 0 and not any(fact.start < c for c in contrasts)]
        for hit in ironic:
            hit.weight, hit.kind, hit.emotion = -0.5 * hit.weight, "irony", "anger"


def _is_ironic(praise: Hit, fact: Hit, contrasts: list[int]) -> bool:
    is_near = fact.start - praise.end <= _IRONIC_REACH
    is_divided = any(praise.start < contrast < fact.end for contrast in contrasts)
    return praise.weight >= _IRONIC_PRAISE and is_near and not is_divided
