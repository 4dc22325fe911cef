"""A text as it is compared: the words that carry it, and those that turn it around."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from analysis.engines.similar import tables
from analysis.text.normalise import squeeze
from analysis.text.tokens import Kind, tokenize

#: The sides of ``weighty.tsv`` that may stand at the end of a remark as well as at its beginning.
TIMES = frozenset(
    ("day", "night", "morning", "afternoon", "month", "year", "hour", "minute", "always", "sometimes", "early", "late")
)
#: Those that deny what comes after them.
NEGATIONS = frozenset(
    ("no", "never", "without", "nor", "neither", "nothing", "none", "nobody", "dont", "there_is_none")
)
#: The side of a Guarani verb between nd- and -i: it denies itself.
DENIED_VERB = "nd"
_CIRCUMFIX = re.compile(r"nd[aeiouy]\w*|n[aeoi](?!st)\w{3,}i")
_WITHOUT = re.compile(r"\w{3,}yre")
_ANSWER = "nop"
_GLAD = frozenset("😊😀😃😄😁🙂👍❤😍👏🙏🥰😘💪👌🤗🎉")
_CROSS = frozenset("😡🤬😠😤😢😭👎💔😞😒🙄😩😫😔🤡😑")
_LEAST_TO_GUESS = 6
_SOUNDS = (
    (re.compile(r"(?<!c)h"), ""),
    (re.compile(r"[vw]"), "b"),
    (re.compile(r"c(?=[ei])|z|x"), "s"),
    (re.compile(r"qu(?=[ei])|c(?!h)|q"), "k"),
    (re.compile(r"ll"), "y"),
    (re.compile(r"g(?=[ei])"), "j"),
    (re.compile(r"([^r])\1+"), r"\1"),
    (re.compile(r"(?<=\w{3})s$"), ""),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What two texts are compared by.

    Attributes:
        key: all words by their sound; texts with the same key and turns say the same.
        content: the sounds (or sides) of the words that carry the text, in order.
        turns: negations and sides taken, times, numbers, each in order; what has others says something else.
        denied: for each negation the word it stands before.
        mood: 1 for glad faces, -1 for cross ones, 0 for neither or both.
    """

    key: str
    content: tuple[str, ...]
    turns: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    denied: tuple[str, ...]
    mood: int


def read(text: str) -> Reading:
    """Take a text apart; one without words has an empty key."""
    words, moods = _words(text)
    sides: list[str] = []
    times: list[str] = []
    content: list[str] = []
    denied: list[str] = []
    negations = 0
    for word in words:
        if _figure(word):
            continue
        side = _side(word)
        if side:
            (times if side in TIMES else sides).append(side)
        if side in NEGATIONS:
            negations += 1
        elif side != _ANSWER and word not in tables.light():
            content.append(sound(word) if side in ("", DENIED_VERB) else side)
            denied += [content[-1]] * negations
            negations = 0
    denied += [""] * negations
    figures = tuple(figure for word in words if (figure := _figure(word)))
    key = " ".join(_figure(word) or sound(word) for word in words)
    mood = 0 if len(moods) != 1 else moods.pop()
    return Reading(key, tuple(content), (tuple(sides), tuple(times), figures), tuple(denied), mood)


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """How a folded word sounds in Spanish, so that spellings of one word agree: "exelente", "ecselente"."""
    if word.isdigit():
        return word
    for pattern, letters in _SOUNDS:
        word = pattern.sub(letters, word)
    return word


def _words(text: str) -> tuple[list[str], set[int]]:
    """The words and numbers, shorthand written out, and the moods of the faces."""
    words: list[str] = []
    moods: set[int] = set()
    for token in tokenize(text):
        if token.kind in (Kind.WORD, Kind.HASHTAG):
            word = tables.plain(squeeze(token.text.lstrip("#")))
            words.append(tables.shorthand().get(word, word))
        elif token.kind is Kind.NUMBER:
            words.append(_digits(token.text))
        elif token.kind is Kind.EMOJI:
            moods |= {1} if _GLAD & {*token.text} else {-1} if _CROSS & {*token.text} else set()
        elif words and words[-1] == "no":
            words[-1] = _ANSWER  # "no, anda" answers; "no anda" denies
    return words, moods


def _digits(number: str) -> str:
    """ "1.000" and "1000" are one number; "3,5" and "3.5" are one other."""
    return re.sub(r"[.,](?=\d{3}\b)", "", number).replace(",", ".")


def _figure(word: str) -> str:
    return word if word[:1].isdigit() else tables.numbers().get(word, "")


@lru_cache(maxsize=50_000)
def _side(word: str) -> str:
    """The side that a word takes, also when it is misspelt; "nd" for a verb denied in Guarani, "" for none."""
    known = _sides_by_sound()
    if word == _ANSWER:
        return word
    if word in tables.weighty():
        return tables.weighty()[word]
    if word in tables.light():
        return ""
    if found := known.get(sound(word)):
        return found
    if _CIRCUMFIX.fullmatch(word):
        return DENIED_VERB
    if _WITHOUT.fullmatch(word):
        return "without"
    return _guessed(sound(word))


def _guessed(heard: str) -> str:
    """The side of a long word that is one slip away."""
    if len(heard) < _LEAST_TO_GUESS:
        return ""
    for other, side in _sides_by_sound().items():
        near = len(other) >= _LEAST_TO_GUESS and other[0] == heard[0] and abs(len(other) - len(heard)) <= 1
        if near and OSA.distance(heard, other, score_cutoff=1) <= 1:
            return side
    return ""


@lru_cache(maxsize=1)
def _sides_by_sound() -> dict[str, str]:
    return {sound(word): side for word, side in tables.weighty().items() if len(word) > 2}


def forget() -> None:
    """Empty what is kept of words that were read."""
    sound.cache_clear()
    _side.cache_clear()
