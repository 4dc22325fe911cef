"""Texts as weighted terms: words and pairs of words, rare ones heavier (TF-IDF)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from analysis.engines.similar import tables
from analysis.engines.similar.factorise import Sparse
from analysis.text.normalise import squeeze
from analysis.text.tokens import Kind, tokenize

MOST_TERMS = 1500
_LEAST_TEXTS = 3
_MOST_SHARE = 0.9
_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """The matrix of texts and terms, each row of length 1; terms as most people write them."""

    names: list[str]
    matrix: Sparse
    counts: Sparse


def words_of(text: str) -> list[tuple[str, str]]:
    """The words that could name a subject, folded, and as they are written in small letters."""
    words = (_word(token.text) for token in tokenize(text) if token.kind is Kind.WORD)
    return [word for word in words if word is not None]


def weigh(texts: Sequence[Sequence[tuple[str, str]]], weights: Sequence[int]) -> Terms:
    """The terms that at least some texts share and that not most of them have; a text counts ``weights`` times."""
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    found: list[Counter[tuple[str, ...]]] = []
    for words in texts:
        for word, written in words:
            spelt[word][written] += 1
        plain = [word for word, _written in words]
        found.append(Counter([*((word,) for word in plain), *pairwise(plain)]))
    number = _numbered(found, weights)
    names = [" ".join(_usual(spelt[word]) for word in term) for term in number]
    return _matrix(found, weights, number, names)


@lru_cache(maxsize=50_000)
def _word(written: str) -> tuple[str, str] | None:
    small = squeeze(written.lower())
    folded = tables.plain(small)
    return (folded, small) if len(folded) >= _LETTERS and folded not in tables.dull() else None


def _numbered(found: Sequence[Counter[tuple[str, ...]]], weights: Sequence[int]) -> dict[tuple[str, ...], int]:
    """The terms that are kept, by their column."""
    texts: Counter[tuple[str, ...]] = Counter()
    for counted, weight in zip(found, weights, strict=True):
        texts.update(dict.fromkeys(counted, weight))
    most = max(_LEAST_TEXTS, int(_MOST_SHARE * sum(weights)))
    kept = sorted(
        (term for term, n in texts.items() if _LEAST_TEXTS <= n <= most), key=lambda term: (-texts[term], term)
    )
    return {term: column for column, term in enumerate(sorted(kept[:MOST_TERMS]))}


def _usual(written: Counter[str]) -> str:
    return min(written, key=lambda form: (-written[form], form))


def _matrix(
    found: Sequence[Counter[tuple[str, ...]]],
    weights: Sequence[int],
    number: dict[tuple[str, ...], int],
    names: list[str],
) -> Terms:
    cells = [
        (row, number[term], times)
        for row, counted in enumerate(found)
        for term, times in counted.items()
        if term in number
    ]
    rows, columns, times = (
        np.array(values, np.int64) for values in (zip(*cells, strict=True) if cells else ((), (), ()))
    )
    shape = (len(found), len(names))
    weight = np.asarray(weights, float)
    having = np.bincount(columns, weight[rows], shape[1])
    values = (1 + np.log(times)) * (1 + np.log(weight.sum() / having[columns]))
    lengths = np.sqrt(np.bincount(rows, values**2, shape[0]))
    return Terms(
        names,
        Sparse(shape, rows, columns, (values / lengths[rows]).astype(np.float32)),
        Sparse(shape, rows, columns, (times * weight[rows]).astype(np.float32)),
    )


def forget() -> None:
    """Empty what is kept of words that were read."""
    _word.cache_clear()
