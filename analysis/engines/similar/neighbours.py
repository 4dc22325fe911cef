"""Which texts are spelt nearly as a text is, without keeping every pair of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from analysis.engines.similar.alike import LEAST_LIKENESS
from analysis.engines.similar.minhash import candidate_pairs

#: Up to so many texts each is compared with each; above, only those that MinHash brings together are.
MOST_COMPARED = 5000
_ROWS = 256
_AT_ONCE = 1_000_000
_SHORTEST = LEAST_LIKENESS / (200 - LEAST_LIKENESS)
"""A text this much shorter than another one cannot reach the least likeness."""

Places = NDArray[np.int64]


class Neighbours(Protocol):
    """Texts by their places; a neighbour is spelt likewise, in the same order of words or another one."""

    def of(self, place: int) -> Places:
        """The neighbours of one text, perhaps with itself."""

    def around(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """For each text the weight of its neighbours and its own."""


def neighbours_of(keys: Sequence[str]) -> Neighbours:
    """The neighbours among keys that are sorted."""
    return Compared(keys) if len(keys) <= MOST_COMPARED else Met(keys)


class Compared:
    """Each with each, computed when asked for: memory grows with the texts, not with their pairs."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._lengths = np.array([len(key) for key in keys])
        self._order = np.argsort(self._lengths, kind="stable")
        self._rank = np.argsort(self._order, kind="stable")
        self._lengths = self._lengths[self._order]
        plain = [keys[place] for place in self._order]
        self._spellings = (plain, [_turned(key) for key in plain])

    def of(self, place: int) -> Places:
        """One row of the comparison."""
        rank = int(self._rank[place])
        start, near = self._near(rank, rank + 1)
        return self._order[start + np.flatnonzero(near[0])]

    def around(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """All rows of it, some at a time."""
        found = np.zeros(len(weights))
        ordered = weights[self._order]
        for first in range(0, len(weights), _ROWS):
            last = min(first + _ROWS, len(weights))
            start, near = self._near(first, last)
            found[self._order[first:last]] = near @ ordered[start : start + near.shape[1]]
        return found

    def _near(self, first: int, last: int) -> tuple[int, NDArray[np.bool_]]:
        """For some texts in the order of length, which from a place on are their neighbours."""
        start = int(np.searchsorted(self._lengths, self._lengths[first] * _SHORTEST))
        end = int(np.searchsorted(self._lengths, self._lengths[last - 1] / _SHORTEST, side="right"))
        scores = [
            process.cdist(
                texts[first:last], texts[start:end], scorer=fuzz.ratio, score_cutoff=LEAST_LIKENESS, dtype=np.uint8
            )
            for texts in self._spellings
        ]
        return start, (scores[0] > 0) | (scores[1] > 0)


class Met:
    """Those that share a cell of MinHash, compared once and kept."""

    def __init__(self, keys: Sequence[str]) -> None:
        pairs = _met(keys)
        both = np.concatenate([pairs, pairs[:, ::-1]])
        self._pairs = both[np.lexsort((both[:, 1], both[:, 0]))]
        self._starts = np.searchsorted(self._pairs[:, 0], np.arange(len(keys) + 1))

    def of(self, place: int) -> Places:
        """What was kept."""
        return self._pairs[self._starts[place] : self._starts[place + 1], 1]

    def around(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """A sum over the pairs."""
        return weights + np.bincount(self._pairs[:, 0], weights[self._pairs[:, 1]], len(weights))


def _turned(key: str) -> str:
    """The words in the order of the alphabet."""
    return " ".join(sorted(key.split()))


def _met(keys: Sequence[str]) -> Places:
    """Pairs (n, 2) of places with the least likeness among the candidates, each once."""
    turned = [_turned(key) for key in keys]
    seen = np.empty(0, np.int64)
    good = [seen]
    for lot in _lots(candidate_pairs(turned)):
        codes = _fresh(lot[:, 0] * len(keys) + lot[:, 1], seen)
        seen = np.sort(np.concatenate([seen, codes]), kind="stable")
        good.append(codes[_likely(keys, codes) | _likely(turned, codes)])
    return np.stack(np.divmod(np.concatenate(good), len(keys)), axis=1)


def _fresh(codes: Places, seen: Places) -> Places:
    """The codes that are not among those seen, which are sorted; each once, sorted."""
    codes = np.sort(codes)
    codes = codes[np.diff(codes, prepend=-1) > 0]
    places = np.searchsorted(seen, codes)
    fresh: Places = codes[np.append(seen, -1)[places] != codes]
    return fresh


def _likely(texts: Sequence[str], codes: Places) -> NDArray[np.bool_]:
    first, second = (places.tolist() for places in np.divmod(codes, len(texts)))
    here, there = [texts[place] for place in first], [texts[place] for place in second]
    scores = process.cpdist(here, there, scorer=fuzz.ratio, score_cutoff=LEAST_LIKENESS, dtype=np.uint8)
    return np.asarray(scores > 0)


def _lots(parts: Iterator[Places]) -> Iterator[Places]:
    """The pairs in lots that are worth a call."""
    lot: list[Places] = []
    for part in parts:
        lot.append(part)
        if sum(map(len, lot)) >= _AT_ONCE:
            yield np.concatenate(lot)
            lot = []
    if lot:
        yield np.concatenate(lot)
