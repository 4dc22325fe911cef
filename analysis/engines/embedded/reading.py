"""A text as the rules see it: its words in a row, where each stands, and which rules match where."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from copy import copy
from typing import NamedTuple

from analysis.engines.embedded.patterns import Rule
from analysis.engines.embedded.words import COMMA, LINK, QUESTION, STOP, Vocabulary, Word
from analysis.text.tokens import tokenize

_STOPS = frozenset({STOP, QUESTION})
_UNTOLD = frozenset({COMMA, LINK})
_MATCHES_OF_A_RULE = 12


class Match(NamedTuple):
    """`rule` holds for the words start..end-1 of a reading."""

    rule: Rule
    start: int
    end: int


class Reading:
    """The words of a text and the rules that match them, by table."""

    __slots__ = ("clauses", "joined", "matches", "spans", "told", "words")

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.words: list[Word] = []
        self.spans: list[tuple[int, int]] = []
        for kind, piece, start, end in tokenize(text):
            word = vocabulary.word(kind, piece)
            if self.words or word.key not in _PUNCTUATION:
                self.words.append(word)
                self.spans.append((start, end))
        self.told = self._told()
        self.joined = "".join([word.key + " " for word in self.words])
        self.clauses = self._clauses()
        self.matches = self._matches(vocabulary)

    def _told(self) -> list[int]:
        """Return the places of the words that say something: no commas, no links, no stops at the end."""
        told = [place for place, word in enumerate(self.words) if word.key not in _UNTOLD]
        while told and self.words[told[-1]].key == STOP:
            told.pop()
        return told

    def _clauses(self) -> list[int]:
        """Return the number of the clause of each word; stops and words of contrast begin a new one."""
        clauses, current = [], 0
        for word in self.words:
            if word.modifier.is_contrast or word.key in _STOPS:
                current += 1
            clauses.append(current)
        return clauses

    def _matches(self, vocabulary: Vocabulary) -> dict[str, list[Match]]:
        offsets, position = [], 0
        for word in self.words:
            offsets.append(position)
            position += len(word.key) + 1
        following = [word.key for word in self.words[1:]]
        following.append("")
        found: dict[str, list[Match]] = {}
        for index, word in enumerate(self.words):
            for rule in vocabulary.candidates(word, following[index]):
                if rule.is_anchored and index:
                    continue
                if rule.is_one_word:
                    found.setdefault(rule.table, []).append(Match(rule, index, index + 1))
                else:
                    end = rule.end(self.joined, offsets[index])
                    if end > 0:
                        found.setdefault(rule.table, []).append(Match(rule, index, bisect_left(offsets, end)))
        return {table: _first_of_each_rule(matches) for table, matches in found.items()}

    def telling(self, told: list[int]) -> Reading:
        """Return the same reading, telling only some of its words."""
        part = copy(self)
        part.told = told
        return part

    def of(self, table: str) -> list[Match]:
        """Return the matches of the rules of `table`, in the order of the text."""
        return self.matches.get(table, [])

    def apart(self, table: str) -> list[Match]:
        """Return the matches of `table` that do not overlap: the longest one wins, then the heavier."""
        matches = self.matches.get(table)
        if not matches or len(matches) == 1:
            return matches or []
        taken: set[int] = set()
        chosen = []
        for match in sorted(matches, key=_precedence):
            places = range(match.start, match.end)
            if taken.isdisjoint(places):
                taken.update(places)
                chosen.append(match)
        return sorted(chosen, key=lambda match: match.start)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the text of the words start..end-1."""
        return self.spans[start][0], self.spans[end - 1][1]


def _first_of_each_rule(matches: list[Match]) -> list[Match]:
    """Keep the first dozen matches of each rule, so that a word written a thousand times counts a dozen times."""
    if len(matches) <= _MATCHES_OF_A_RULE:
        return matches
    counts: Counter[Rule] = Counter()
    kept = []
    for match in matches:
        counts[match.rule] += 1
        if counts[match.rule] <= _MATCHES_OF_A_RULE:
            kept.append(match)
    return kept


_PUNCTUATION = frozenset({STOP, QUESTION, COMMA})


def _precedence(match: Match) -> tuple[int, float, int]:
    return (match.start - match.end, -abs(match.rule.weight), match.start)
