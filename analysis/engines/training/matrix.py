"""Labelled comments as the arrays that a learner takes: which features each has, in columns of known meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analysis.engines.embedded.features import Row, code_of, concept_groups, in_a_row, pairs, without_echoes
from analysis.engines.embedded.model import BLOCKS, Clues, word_features

LEAST_TEXTS = 3
"""Features of fewer texts are left out: they would be learnt by heart."""

MOST_COLUMNS = 46_000
"""Where more features remain, the rarest are left out, so that these rows stay below 4.6 MB."""

_SIGNAL_WEIGHT = 0.4

Codes = NDArray[np.uint32]
Floats = NDArray[np.float64]


class Counts(NamedTuple):
    """How often (or how strongly) texts have features: a sparse matrix with a column for each code, in rising order."""

    codes: Codes
    values: sparse.csr_matrix


class Columns(NamedTuple):
    """The features of a block that are kept, and what each counts: rare ones more (inverse document frequency)."""

    codes: Codes
    rarity: Floats


def count(clues: Sequence[Clues]) -> dict[str, Counts]:
    """Return the counts of each block of the model."""
    return {"words": _words(clues), "concepts": _concepts(clues), "signals": _signals(clues)}


def choose(counts: Mapping[str, Counts]) -> dict[str, Columns]:
    """Keep the features that enough texts have."""
    texts = {name: np.asarray((counts[name].values != 0).sum(axis=0)).ravel() for name in BLOCKS}
    least = LEAST_TEXTS
    while sum(int((many >= least).sum()) for many in texts.values()) > MOST_COLUMNS:
        least += 1
    return {name: _columns(name, counts[name], texts[name], least) for name in BLOCKS}


def _columns(name: str, counts: Counts, texts: NDArray[np.intp], least: int) -> Columns:
    kept = texts >= least
    if name == "signals":
        return Columns(counts.codes[kept], np.full(kept.sum(), _SIGNAL_WEIGHT))
    return Columns(counts.codes[kept], np.log((1 + counts.values.shape[0]) / (1 + texts[kept])) + 1)


def matrix(counts: Mapping[str, Counts], columns: Mapping[str, Columns]) -> sparse.csr_matrix:
    """Return texts x features, the blocks side by side in the order of BLOCKS."""
    blocks = [
        words_matrix(counts["words"], columns["words"]),
        words_matrix(counts["concepts"], columns["concepts"]),
        _chosen(counts["signals"], columns["signals"]) @ sparse.diags(columns["signals"].rarity),
    ]
    return sparse.hstack(blocks).tocsr()


def words_matrix(counts: Counts, columns: Columns) -> sparse.csr_matrix:
    """Return texts x features, rare ones counting more, each text scaled as the model does it."""
    values = _chosen(counts, columns)
    squares = np.asarray((values @ sparse.diags(columns.rarity**2)).sum(axis=1)).ravel()
    scaled = sparse.diags(1 / np.sqrt(np.maximum(squares, 1.0))) @ values @ sparse.diags(columns.rarity)
    return scaled.tocsr()


def _chosen(counts: Counts, columns: Columns) -> sparse.csr_matrix:
    """The columns that are kept, zeros where no text has them."""
    places = np.searchsorted(counts.codes, columns.codes)
    places[places == len(counts.codes)] = 0
    known = (counts.codes[places] == columns.codes).astype(float)
    return counts.values[:, places] @ sparse.diags(known)


def _words(clues: Sequence[Clues]) -> Counts:
    told = [[reading.words[place] for place in reading.told] for reading, _ in clues]
    texts: list[int] = []
    codes: list[int] = []
    for number, words in enumerate(told):
        for word in words:
            found = word_features(word)
            codes += found
            texts += [number] * len(found)
    row = in_a_row([word.code for word in words] for words in told)
    return _counts(
        np.append(np.array(texts, np.intp), _texts_of(row)),
        np.append(np.array(codes, np.uint32), pairs(row)),
        len(clues),
    )


def _concepts(clues: Sequence[Clues]) -> Counts:
    row = in_a_row(without_echoes(reading.words[place].concept for place in reading.told) for reading, _ in clues)
    groups = concept_groups(row)
    return _counts(np.tile(_texts_of(row), len(groups)), np.concatenate(groups), len(clues))


def _signals(clues: Sequence[Clues]) -> Counts:
    texts, codes, values = [], [], []
    for number, (_, signals) in enumerate(clues):
        for name, value in signals:
            texts.append(number)
            codes.append(code_of(name))
            values.append(value)
    return _counts(np.array(texts, np.intp), np.array(codes, np.uint32), len(clues), np.array(values))


def _texts_of(row: Row) -> NDArray[np.intp]:
    """The text of each element."""
    lengths = np.diff(np.append(row.starts, len(row.codes) - 1))
    return np.repeat(np.arange(len(row.starts)), lengths)


def _counts(texts: NDArray[np.intp], codes: Codes, size: int, values: Floats | None = None) -> Counts:
    kept = codes != 0
    known, columns = np.unique(codes[kept], return_inverse=True)
    data = np.ones(len(codes)) if values is None else values
    table = sparse.coo_matrix((data[kept], (texts[kept], columns)), shape=(size, len(known)))
    return Counts(known, table.tocsr())
