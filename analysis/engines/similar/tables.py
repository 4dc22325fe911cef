"""The two tables of words: those that turn a text around, and those that say next to nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from analysis.text.normalise import APOSTROPHES, fold

_DATA = Path(__file__).with_name("data")
_NO_PUSO = str.maketrans("", "", APOSTROPHES)


def plain(word: str) -> str:
    """The word as the tables have it: folded, and without the puso, which people often leave out."""
    return fold(word).translate(_NO_PUSO)


@cache
def weighty() -> dict[str, str]:
    """By word, the side that it takes."""
    return {plain(word): side for side, words in _rows("weighty.tsv") for word in words.split()}


@cache
def light() -> frozenset[str]:
    """Words whose presence changes nothing."""
    return frozenset(plain(word) for kind, word, _value in _rows("words.tsv") if kind == "light")


@cache
def dull() -> frozenset[str]:
    """Words that name no subject: light ones, those that turn a text around, and what every customer speaks of."""
    listed = {plain(word) for kind, word, _value in _rows("words.tsv") if kind == "dull"}
    return light() | listed | {word for word, side in weighty().items() if not side.startswith("i_")} | {*numbers()}


@cache
def shorthand() -> dict[str, str]:
    """By the short way of writing, the word."""
    return {plain(word): value for kind, word, value in _rows("words.tsv") if kind == "short"}


@cache
def numbers() -> dict[str, str]:
    """By word, the number in figures."""
    return {plain(word): value for kind, word, value in _rows("words.tsv") if kind == "number"}


@cache
def apart() -> dict[str, frozenset[str]]:
    """By word, those that look like it and are not meant."""
    pairs = defaultdict(set)
    for kind, word, value in _rows("words.tsv"):
        if kind == "apart":
            pairs[plain(word)].add(plain(value))
            pairs[plain(value)].add(plain(word))
    return {word: frozenset(others) for word, others in pairs.items()}


def _rows(name: str) -> Iterator[tuple[str, ...]]:
    for line in (_DATA / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield tuple(line.split("\t"))
