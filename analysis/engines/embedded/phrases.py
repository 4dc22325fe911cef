"""Phrases that people write: whether one can match at all, and cannot make matching slow.

Stricter than `patterns.py`, whose other tables are kept by those who keep the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analysis.engines.embedded.patterns import RuleMaker
from analysis.engines.embedded.tables import TableError, key

MAX_PATTERN = 500
MAX_WEIGHT = 3.0
#: Bounds that keep every match cheap: what may be missing, and what may stand between, multiplies the ways to match.
MAX_ELEMENTS, MAX_OPTIONAL, MAX_GAPS = 12, 6, 2
_GAPS = ("..", "...")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
# A word, a stem of two letters at least, a set, a number, an emoji class; `*611` is dialled.
_WORD = re.compile(r"@\w+|<n>|:\w+:|\*?\w+|\w{2,}[*~]|\w+(?:-\w+)+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Where `pattern` matches, the theme or sub-theme `label` holds with `weight`."""

    pattern: str
    label: str
    weight: float


@dataclass(frozen=True, slots=True)
class PhraseMatch:
    """`phrase` holds for `text[start:end]` (code points)."""

    phrase: Phrase
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Fault:
    """What cannot be used: its kind, the code or the pattern it is about, and what is wrong in it."""

    kind: str
    place: str
    detail: str = ""


def is_code(code: str) -> bool:
    """Say whether `code` can be the code of a theme: a small letter, then small letters, digits and `_`."""
    return _CODE.fullmatch(code) is not None


def is_pain_point(name: str) -> bool:
    """Say whether `name` can name a pain point: nothing, `-`, or codes with dots between them."""
    return name in ("", "-") or all(is_code(part) for part in name.split("."))


def faults_of(phrase: Phrase, maker: RuleMaker) -> Iterator[Fault]:
    """Yield what is wrong with a phrase, whatever the taxonomy around it."""
    if not 0 < phrase.weight <= MAX_WEIGHT:
        yield Fault("bad_weight", phrase.pattern, f"{phrase.weight:g}")
    if fault := fault_of_pattern(phrase.pattern, maker):
        yield fault


def fault_of_pattern(pattern: str, maker: RuleMaker) -> Fault | None:
    """Return the first thing that is wrong with a pattern, or None."""
    elements = key(pattern).split()
    fault = _fault_of_shape(pattern, elements)
    if fault is not None:
        return fault
    for element in elements:
        if element not in (*_GAPS, "^", "$"):
            for word in element.removeprefix("!").removeprefix("[").removesuffix("]").split("|"):
                if not _WORD.fullmatch(word):
                    return Fault("bad_word", pattern, word or element)
    try:
        rule = maker.make("theme", pattern, "", 1.0)
    except TableError as error:
        return Fault("bad_pattern", pattern, str(error))
    # What matches no text at all would match everywhere.
    return Fault("matches_nothing", pattern) if not rule.first_words() or rule.end("", 0) == 0 else None


def _fault_of_shape(pattern: str, elements: list[str]) -> Fault | None:
    """Return what is wrong with the elements taken together."""
    if not elements:
        return Fault("empty", pattern)
    if len(pattern) > MAX_PATTERN:
        return Fault("too_long", pattern[:40], str(MAX_PATTERN))
    for kind, most, count in (
        ("too_many_words", MAX_ELEMENTS, len(elements)),
        ("too_many_optional", MAX_OPTIONAL, sum(element.startswith("[") for element in elements)),
        ("too_many_gaps", MAX_GAPS, sum(element in _GAPS for element in elements)),
    ):
        if count > most:
            return Fault(kind, pattern, str(most))
    if "^" in elements[1:] or "$" in elements[:-1]:
        return Fault("anchor_inside", pattern)
    if elements[0] in (*_GAPS, "$") or elements[0].startswith("!") or elements[-1] in _GAPS:
        return Fault("bad_end", pattern)
    for element in elements:
        if element.startswith("[") != element.endswith("]"):
            return Fault("open_bracket", pattern, element)
    return None
