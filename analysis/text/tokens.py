"""Cut a stored text into tokens that know where they stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from analysis.text.normalise import APOSTROPHES


class Kind(IntEnum):
    """What a token is; the values are the group numbers of the token pattern."""

    URL = 1
    USER = 2
    HASHTAG = 3
    WORD = 4
    NUMBER = 5
    EMOJI = 6
    STOP = 7
    COMMA = 8


class Token(NamedTuple):
    """A piece of a text: `text[start:end]`, offsets in code points."""

    kind: Kind
    text: str
    start: int
    end: int


_MARKS = "\u0300-\u036f"
_LETTERS = rf"[^\W\d_][{_MARKS}]*"
_WORD = rf"(?:{_LETTERS})+(?:[{APOSTROPHES}](?:{_LETTERS})+)*"
_EMOJI = (
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2764\u203c\u2049\u263a\u2639]"
    "[\ufe0e\ufe0f\u200d\u2640\u2642\U0001f3fb-\U0001f3ff]*"
)
_FACE = r"[:;=][-'^o]?[)(\]\[DPpOo/\\|*]{1,4}(?!\w)|<3{1,9}|:'[()]"
_TOKEN = re.compile(
    r"((?:https?://|www\.)\S{1,2000})"
    r"|(@\w{2,60})"
    rf"|(#\w{{1,60}})"
    rf"|({_WORD})"
    r"|(\d+(?:[.,:]\d+)*%?)"
    rf"|({_FACE}|{_EMOJI})"
    r"|([.!?;:…¡¿\n]+)"
    r"|([,()\"«»“”|–—/]+)"
)


_KINDS = (None, *Kind)


def tokenize(text: str) -> Iterator[Token]:
    """Yield the tokens of `text` in order; what is none (spaces, stray signs) is passed over."""
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        kind = _KINDS[match.lastindex or 0]
        if kind is not None:
            yield Token(kind, match.group(), start, end)
