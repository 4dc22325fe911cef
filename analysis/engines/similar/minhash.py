"""Candidates among very many texts: those whose sets of letter groups are likely to overlap (MinHash, LSH).

Own code, since the package made for it asks for scipy as well, keeps its tables in Python objects, and would do one
text at a time what numpy does here for all of them.

Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, chapter 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

BANDS, ROWS = 24, 3
"""Texts that share half of their letter groups meet in one of the bands in 96 of 100 cases, a tenth in 2."""

_LETTERS = 3
_BLOCK = 10_000
_MOST_IN_A_CELL = 100
_NEIGHBOURS = 30
_SEED = 20_261_127
_Words = NDArray[np.uint64]


def candidate_pairs(keys: Sequence[str]) -> Iterator[NDArray[np.int64]]:
    """Pairs of positions (n, 2) that are worth a look, band by band; the first one of a pair is the smaller.

    ``keys`` are sorted. A cell that very many texts share pairs each only with the next few, so that
    neither time nor memory grows with the square of what a whole file says alike.
    """
    signatures = np.concatenate([_signatures(keys[at : at + _BLOCK]) for at in range(0, len(keys), _BLOCK)])
    for band in range(BANDS):
        cells = _mixed(signatures[:, band * ROWS : (band + 1) * ROWS])
        order = np.argsort(cells, kind="stable")
        starts = np.flatnonzero(np.r_[True, cells[order][1:] != cells[order][:-1]])
        yield from _pairs_of_cells(order, starts, np.diff(np.r_[starts, len(order)]))


def _signatures(keys: Sequence[str]) -> NDArray[np.uint32]:
    """For each key the least hash of its letter groups, by each of the hash functions."""
    groups, starts = _letter_groups(keys)
    rng = np.random.default_rng(_SEED)
    factors = rng.integers(1, 2**63, BANDS * ROWS, dtype=np.uint64) | np.uint64(1)
    shifts = rng.integers(0, 2**63, BANDS * ROWS, dtype=np.uint64)
    found = np.empty((len(keys), BANDS * ROWS), np.uint32)
    for column, (factor, shift) in enumerate(zip(factors, shifts, strict=True)):
        hashes = ((groups * factor + shift) >> np.uint64(32)).astype(np.uint32)
        found[:, column] = np.minimum.reduceat(hashes, starts)
    return found


def _letter_groups(keys: Sequence[str]) -> tuple[_Words, NDArray[np.int64]]:
    """Every three bytes in a row of all keys, one after the other, and where each key's begin."""
    padded = [f" {key} ".encode().ljust(_LETTERS, b" ") for key in keys]
    lengths = np.array([len(key) for key in padded])
    letters = np.frombuffer(b"".join(padded), np.uint8).astype(np.uint64)
    groups = letters[:-2] | letters[1:-1] << np.uint64(8) | letters[2:] << np.uint64(16)
    ends = np.cumsum(lengths)
    inside = np.ones(len(letters), bool)
    inside[ends - 1] = inside[ends - 2] = False
    starts = np.r_[0, np.cumsum(lengths - _LETTERS + 1)[:-1]]
    return groups[inside[: len(groups)]], starts


def _mixed(rows: NDArray[np.uint32]) -> _Words:
    cells = np.zeros(len(rows), np.uint64)
    for column in range(rows.shape[1]):
        cells = (cells ^ rows[:, column]) * np.uint64(0x9E3779B97F4A7C15)
        cells ^= cells >> np.uint64(29)
    return cells


def _pairs_of_cells(
    order: NDArray[np.int64], starts: NDArray[np.int64], sizes: NDArray[np.int64]
) -> Iterator[NDArray[np.int64]]:
    """All pairs within each cell, by how many places apart they stand in it."""
    reach = np.where(sizes > _MOST_IN_A_CELL, _NEIGHBOURS, sizes - 1)
    for gap in range(1, int(reach.max(initial=0)) + 1):
        wide = reach >= gap
        if not wide.any():
            return
        counts = sizes[wide] - gap
        first = np.repeat(starts[wide], counts) + _counting(counts)
        pairs = np.stack([order[first], order[first + gap]], axis=1)
        yield np.sort(pairs, axis=1)


def _counting(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, ... for each count, in a row."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1]) - np.repeat(ends - counts, counts)
