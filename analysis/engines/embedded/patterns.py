"""The small language of the tables: word patterns such as `sin [ningun] problem*|corte*`, matched on whole words.

`word` itself, `stem*` any ending, `stem~` adjective endings, `a|b` either, `[a|b]` may be missing, `@set` the words
of sets.tsv, `<n>` a number, `..` up to three words of the sentence, `...` up to eight words, full stops too,
`!a` not followed by a, `^` start and `$` end of the comment. A comma between two words is overlooked, a full stop
is not.

Patterns are matched on a reading's `joined` string: folded words, each followed by one blank. Every repetition is
bounded, so the time of a match is too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from analysis.engines.embedded.tables import TableError, key, rows

ADJECTIVE_ENDINGS = tuple(
    stem + ending for stem in ("", "it", "isim", "icim", "az") for ending in ("o", "a", "os", "as")
)
_NUMBER = "<n>"
_GAPS = {"..": r"(?:[^\s.?]\S* ){0,3}?", "...": r"(?:\S+ ){0,8}?"}
_ADJECTIVE = f"(?:{'|'.join(ADJECTIVE_ENDINGS)})"
_END = r"(?:[.?,] )*\Z"


class Rule:
    """A row of a table: where its pattern matches, `label` holds with `weight`."""

    __slots__ = (
        "_elements",
        "_next_stems",
        "_next_words",
        "_regex",
        "emotion",
        "holds_negation",
        "is_anchored",
        "is_one_word",
        "label",
        "table",
        "weight",
    )

    def __init__(
        self, table: str, elements: Sequence[str], label: str, weight: float, emotion: str, holds_negation: bool
    ) -> None:
        self.table = table
        self.label = label
        self.weight = weight
        self.emotion = emotion
        self.holds_negation = holds_negation
        self.is_anchored = elements[0] == "^"
        self._elements = tuple(elements[1:] if self.is_anchored else elements)
        self.is_one_word = len(self._elements) == 1
        self._next_words, self._next_stems = self._second_words()
        self._regex: re.Pattern[str] | None = None

    def may_go_on(self, word: str) -> bool:
        """Say, at little cost, whether a match can have `word` in the second place; when in doubt it can."""
        words = self._next_words
        return words is None or word == "," or word in words or word.startswith(self._next_stems)

    def end(self, joined: str, position: int) -> int:
        """Return where a match that begins at `position` ends, or -1."""
        if self._regex is None:
            self._regex = re.compile(_regex_source(self._elements))
        match = self._regex.match(joined, position)
        return match.end() if match else -1

    def first_words(self) -> tuple[str, ...]:
        """Return every word a match may begin with."""
        words: list[str] = []
        for element in self._elements:
            words += _alternatives(element)
            if not element.startswith("["):
                break
        return tuple(words)

    def _second_words(self) -> tuple[frozenset[str] | None, tuple[str, ...]]:
        """Return the words and the stems that can follow the first word; None when anything can."""
        words: list[str] = []
        is_second = False
        for element in self._elements:
            if is_second or element.startswith("["):
                if element in _GAPS or element[0] in "!$" or _NUMBER in _alternatives(element):
                    return None, ()
                words += _alternatives(element)
            if not element.startswith("["):
                if is_second:
                    break
                is_second = True
        else:
            return None, ()
        stems = tuple(word[:-1] for word in words if word.endswith(("*", "~")))
        return frozenset(word for word in words if not word.endswith(("*", "~"))), stems


class RuleMaker:
    """Parses patterns; knows the sets they may name and the words that negate."""

    def __init__(self, negations: frozenset[str]) -> None:
        self._sets = {name: tuple(key(words).split()) for name, words in rows("sets.tsv", 2)}
        self._negations = negations

    def make(self, table: str, pattern: str, label: str, weight: float, emotion: str = "") -> Rule:
        """Return the rule for a row; raise TableError when the pattern is not of the language."""
        elements = [self._expand(element, pattern) for element in key(pattern).split()]
        first = elements[1] if elements[0] == "^" and len(elements) > 1 else elements[0]
        if first in _GAPS or first in "^$":
            raise TableError(f"{table}: pattern {pattern!r} must begin with a word")
        words = {word for element in elements for word in _alternatives(element)}
        return Rule(table, elements, label, weight, emotion, bool(words & self._negations))

    def _expand(self, element: str, pattern: str) -> str:
        """Replace `@name` among the alternatives of an element by the words of the set."""
        if element in _GAPS or element in "^$":
            return element
        is_optional, is_guard = element.startswith("["), element.startswith("!")
        if is_optional != element.endswith("]"):
            raise TableError(f"pattern {pattern!r}: bracket left open in {element!r}")
        words: list[str] = []
        for word in element.strip("[]!").split("|"):
            if not word or (word.startswith("@") and word[1:] not in self._sets):
                raise TableError(f"pattern {pattern!r}: {word!r} is no word and no set")
            words += self._sets[word[1:]] if word.startswith("@") else [word]
        joined = "|".join(dict.fromkeys(words))
        return f"[{joined}]" if is_optional else f"!{joined}" if is_guard else joined


def _alternatives(element: str) -> tuple[str, ...]:
    """Return the words an expanded element stands for; none for gaps, guards and anchors."""
    if element in _GAPS or element.startswith("!") or element in "^$":
        return ()
    return tuple(element.strip("[]").split("|"))


def _regex_source(elements: tuple[str, ...]) -> str:
    parts, comma = [], ""
    for element in elements:
        if element in _GAPS:
            parts.append(_GAPS[element])
        elif element == "$":
            parts.append(_END)
        else:
            words = "|".join(_word_source(word) for word in element.strip("[]!").split("|"))
            source = rf"{comma}(?:{words}) "
            shape = {"[": "(?:{})?", "!": "(?!{})"}.get(element[0], "{}")
            parts.append(shape.format(source))
        comma = "(?:, )?"
    return "".join(parts)


def _word_source(word: str) -> str:
    if word == _NUMBER:
        return r"\d\S*"
    if word.endswith("*"):
        return re.escape(word[:-1]) + r"\S*"
    if word.endswith("~"):
        return re.escape(word[:-1]) + _ADJECTIVE
    return re.escape(word)


class RuleIndex:
    """Finds, for a word, the rules that a match beginning with it could belong to."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._literal: dict[str, list[Rule]] = defaultdict(list)
        self._prefix: dict[str, list[Rule]] = defaultdict(list)
        self._number: list[Rule] = []
        for rule in rules:
            for word in dict.fromkeys(rule.first_words()):
                self._add(word, rule)

    def _add(self, word: str, rule: Rule) -> None:
        if word == _NUMBER:
            self._number.append(rule)
        elif word.endswith("*"):
            self._prefix[word[:-1]].append(rule)
        elif word.endswith("~"):
            for ending in ADJECTIVE_ENDINGS:
                self._literal[word[:-1] + ending].append(rule)
        else:
            self._literal[word].append(rule)

    def starting_with(self, word: str) -> tuple[Rule, ...]:
        """Return the rules whose first word may be `word` (a key), each once, in the order of the tables."""
        found = list(self._literal.get(word, ()))
        for end in range(1, len(word) + 1):
            found += self._prefix.get(word[:end], ())
        if word[:1].isdigit():
            found += self._number
        return tuple(dict.fromkeys(found))
