"""What the tables know of one word; looked up once per spelling and kept."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.engines.embedded.concepts import Concepts
from analysis.engines.embedded.features import code_of
from analysis.engines.embedded.language import LanguageModel, Tongue
from analysis.engines.embedded.lexicon import NOTHING, Lexicon, Sense
from analysis.engines.embedded.patterns import Rule, RuleIndex
from analysis.engines.embedded.tables import key, rows, weight
from analysis.text.normalise import squeeze
from analysis.text.tokens import Kind

STOP, QUESTION, COMMA, LINK = ".", "?", ",", ":url:"
_SIGN = ":sign:"
_SOFT_STOPS = frozenset(":¿¡")
_LAUGHTER = re.compile(
    r"(?:a?(?:j+a+){2,}j*|(?:j+e+){2,}j*|(?:j+i+){2,}j*|(?:j+o+){2,}j*|a?(?:h+a+){2,}h*|(?:h+e+){2,}h*|k{3,}|xd+|lol)"
)
_DOUBLE = re.compile(r"([^\W\d_])\1")
_KEPT_SPELLINGS, _KEPT_PAIRS = 100_000, 200_000
_DIGITS_OF_A_MARK = 2


@dataclass(frozen=True, slots=True)
class Modifier:
    """How a word changes its neighbours; see modifiers.tsv."""

    negates: float = 0.0
    factor: float = 1.0
    is_contrast: bool = False
    past: float = 1.0


@dataclass(frozen=True, slots=True)
class Word:
    """One spelling: `key` is what patterns see; `is_shouted`: written in capitals, `says_no`: a negated verb.

    `code` and `concept` are what the model sees: numbers that stand for the key and for its concept, 0 for none.
    """

    key: str
    kind: Kind
    sense: Sense
    portuguese: Sense | None
    modifier: Modifier
    starts: tuple[Rule, ...]
    is_shouted: bool
    says_no: bool
    tongue: Tongue | None
    code: int
    concept: int


class Vocabulary:
    """Spelling to Word. Safe to share between threads: a lost race only does a look-up twice."""

    def __init__(
        self, lexicon: Lexicon, rules: RuleIndex, modifiers: dict[str, Modifier], languages: LanguageModel
    ) -> None:
        self._lexicon = lexicon
        self._rules = rules
        self._modifiers = modifiers
        self._languages = languages
        self._emoji = read_emoji()
        self._concepts = Concepts()
        self._words: dict[str, Word] = {}
        self._candidates: dict[tuple[str, str], tuple[Rule, ...]] = {}

    def word(self, kind: Kind, text: str) -> Word:
        """Return what is known of `text`, a token of `kind`."""
        known = self._words.get(text)
        if known is None:
            if len(self._words) >= _KEPT_SPELLINGS:
                self._words = {}
            known = self._words[text] = self._look_up(kind, text)
        return known

    def candidates(self, word: Word, following: str) -> tuple[Rule, ...]:
        """Return the rules that may match at `word` when the key `following` comes next ("" at the end)."""
        if not word.starts:
            return ()
        pair = word.key, following
        found = self._candidates.get(pair)
        if found is None:
            if len(self._candidates) >= _KEPT_PAIRS:
                self._candidates = {}
            found = tuple(rule for rule in word.starts if rule.is_one_word or rule.may_go_on(following))
            self._candidates[pair] = found
        return found

    def _look_up(self, kind: Kind, text: str) -> Word:
        spelling = self._spelling(kind, text) or _SIGN
        sense, modifier = self._lexicon.sense(spelling), self._modifiers.get(spelling, _PLAIN)
        says_no = self._lexicon.says_no(spelling)
        concept = self._concepts.find(spelling, kind, sense, is_contrast=modifier.is_contrast, says_no=says_no)
        return Word(
            key=spelling,
            kind=kind,
            sense=sense,
            portuguese=self._lexicon.portuguese(spelling),
            modifier=modifier,
            starts=self._rules.starting_with(spelling),
            is_shouted=kind is Kind.WORD and len(text) > 2 and text.isupper(),
            says_no=says_no,
            tongue=self._languages.tongue(text, spelling) if kind is Kind.WORD and spelling[0] != ":" else None,
            code=code_of(_number_class(spelling) if kind is Kind.NUMBER else spelling),
            concept=code_of(concept) if concept else 0,
        )

    def _spelling(self, kind: Kind, text: str) -> str:
        if kind is Kind.STOP:
            return QUESTION if "?" in text else COMMA if _SOFT_STOPS.issuperset(text) else STOP
        if kind is Kind.COMMA:
            return COMMA
        if kind is Kind.EMOJI:
            return self._emoji.get(text) or self._emoji.get(text[:2]) or self._emoji.get(text[0], _SIGN)
        if kind is Kind.URL:
            return LINK
        if kind in (Kind.USER, Kind.HASHTAG):
            return key(text[1:])
        folded = key(text)
        if kind is Kind.WORD:
            if _LAUGHTER.fullmatch(folded):
                return ":laugh:"
            folded = squeeze(folded)
            return folded if self._is_known(folded) else self._shortened(folded)
        return folded

    def _shortened(self, folded: str) -> str:
        """Undo doubled letters ("buenoo") when that makes a word the tables know."""
        short = _DOUBLE.sub(r"\1", folded)
        return short if short != folded and self._is_known(short) else folded

    def _is_known(self, spelling: str) -> bool:
        return (
            self._lexicon.sense(spelling) is not NOTHING
            or self._lexicon.portuguese(spelling) is not None
            or spelling in self._modifiers
            or bool(self._rules.starting_with(spelling))
        )


_PLAIN = Modifier()


def _number_class(spelling: str) -> str:
    """Return marks as they are (10, 8), for any other number that it is one."""
    return spelling if len(spelling) <= _DIGITS_OF_A_MARK else "#"


def read_modifiers() -> dict[str, Modifier]:
    """Return modifiers.tsv by word."""
    made: dict[str, Modifier] = {}
    for form, role, cell in rows("modifiers.tsv", 3):
        value = weight(cell, "modifiers.tsv")
        made[key(form)] = {
            "negation": Modifier(negates=value),
            "intensifier": Modifier(factor=value),
            "contrast": Modifier(is_contrast=True),
            "past": Modifier(past=value),
        }[role]
    return made


def read_emoji() -> dict[str, str]:
    """Return emoji.tsv: a sign to its class, such as ":angry:"."""
    return {sign: name for name, signs in rows("emoji.tsv", 2) for sign in signs.split()}
