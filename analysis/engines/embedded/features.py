"""What the model sees of texts, as 32-bit codes: words, their letter groups, neighbours, and concepts in a row.

Texts are handled together: their codes stand in one array, each text behind a code that marks its beginning, so that
every step is one operation on arrays. A text's part of that array is never empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]
Places = NDArray[np.intp]

_SHORTEST_GROUP, _LONGEST_GROUP = 3, 5
_BOUND = 0x9747B28C
_MIX, _MIX_NEXT = np.uint32(0x9E3779B1), np.uint32(0x85EBCA77)
_ALONE, _APART, _THREE = np.uint32(0x27D4EB2F), np.uint32(0x165667B1), np.uint32(0xC2B2AE3D)


def code_of(name: str) -> int:
    """Return the 32 bits that stand for a name; two of some ten thousand names rarely share them."""
    return crc32(name.encode())


def letter_groups(key: str) -> list[int]:
    """Return the codes of the 3 to 5 letters in a row of a word, its ends marked."""
    framed = f"<{key}>"
    return [
        code_of("+" + framed[start : start + size])
        for size in range(_SHORTEST_GROUP, _LONGEST_GROUP + 1)
        for start in range(len(framed) - size + 1)
    ]


class Row(NamedTuple):
    """Codes of texts in one array; text t is `codes[starts[t]:starts[t + 1]]`, its first code marks the beginning.

    One more mark ends the array, so `codes` has one element more than the texts fill.
    """

    codes: Codes
    starts: Places


def in_a_row(texts: Iterable[Sequence[int]]) -> Row:
    """Join the codes of texts."""
    codes: list[int] = []
    starts = []
    for text in texts:
        starts.append(len(codes))
        codes.append(_BOUND)
        codes += text
    codes.append(_BOUND)
    return Row(np.array(codes, np.uint32), np.array(starts, np.intp))


def pairs(row: Row) -> Codes:
    """Return the code of each element with the next one; beginnings and ends count as elements."""
    codes = row.codes
    return codes[:-1] * _MIX + codes[1:]


def concept_groups(row: Row) -> tuple[Codes, ...]:
    """Return four codes for each element: alone, with the next, with the one after it, with both.

    A group that would reach into the next text gets the code 0, which stands for nothing.
    """
    codes = row.codes
    ahead = np.append(codes[2:], np.uint32(_BOUND))
    first, second = codes[:-1], codes[1:]
    ends = second == _BOUND
    apart = np.where(ends, np.uint32(0), (first * _MIX + ahead) ^ _APART)
    three = np.where(ends, np.uint32(0), (first * _MIX + second) * _MIX_NEXT + ahead ^ _THREE)
    alone = np.where(first == _BOUND, np.uint32(0), first ^ _ALONE)
    return alone, first * _MIX + second, apart, three


def without_echoes(concepts: Iterable[int]) -> list[int]:
    """Leave out what has no concept, and a concept that stands there already."""
    kept: list[int] = []
    for concept in concepts:
        if concept and (not kept or kept[-1] != concept):
            kept.append(concept)
    return kept
