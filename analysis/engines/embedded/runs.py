"""Runs of letters across the ends of words ("o anda ", "de cada"): turns of phrase, whatever the endings and slips.

Each run has a place in a table of fixed size; runs that share one by chance are rare enough not to matter. Texts are
handled together: their letters stand in one array, each text behind a mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.engines.embedded.words import Word

LENGTHS = (5, 6, 7)
_BITS = 18
PLACES = 1 << _BITS

_MARK = "\n"
_GROW, _MIX, _MIX_NEXT, _LAST = (np.uint32(prime) for prime in (0x01000193, 0x9E3779B1, 0xC2B2AE35, 0x27D4EB2F))
_HALF_WORD = np.uint32(15)
_DROPPED = np.uint32(32 - _BITS)


class Runs(NamedTuple):
    """Runs that begin at each letter: `places` (lengths x letters) in the table, `within` (the same shape) whether the
    run ends in its own text; text t has the letters from `starts[t]` on.
    """

    places: NDArray[np.uint32]
    within: NDArray[np.bool_]
    starts: NDArray[np.intp]

    def per_text(self) -> NDArray[np.intp]:
        """Return how many runs each text has, at least 1."""
        counts = np.add.reduceat(self.within.sum(axis=0), self.starts)
        return np.maximum(counts, 1)


def runs(texts: Iterable[Sequence[Word]]) -> Runs:
    """Return the runs of texts, of which there is at least one."""
    parts = [f"{_MARK} {' '.join([word.key for word in words])} " for words in texts]
    letters = np.frombuffer("".join([*parts, _MARK * LENGTHS[-1]]).encode("utf-32-le"), np.uint32)
    size = len(letters) - LENGTHS[-1]
    text = np.cumsum(letters == ord(_MARK))
    places, within = [], []
    mixed = np.zeros(size, np.uint32)
    for length in range(1, LENGTHS[-1] + 1):
        last = length - 1
        mixed = mixed * _GROW + letters[last : last + size] * _MIX
        if length in LENGTHS:
            places.append(_place(mixed))
            within.append((letters[:size] != ord(_MARK)) & (text[:size] == text[last : last + size]))
    starts = np.cumsum([0, *map(len, parts[:-1])])
    return Runs(np.array(places), np.array(within), starts)


def _place(mixed: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Spread the mixed letters evenly over the table (the last steps of MurmurHash, Appleby 2008)."""
    spread = mixed * _MIX_NEXT
    spread = (spread ^ (spread >> _HALF_WORD)) * _LAST
    return spread >> _DROPPED
