"""What texts speak of, found in them: topics of NMF over TF-IDF, named by the terms that set each apart.

The names are class-based TF-IDF. Grootendorst: BERTopic: Neural topic modeling with a class-based TF-IDF procedure,
arXiv 2203.05794 (2022).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.engines.similar.factorise import Floats, factorise
from analysis.engines.similar.terms import Terms, weigh, words_of

#: Fewer comments with words than this tell of no topic.
LEAST_COMMENTS = 30
MOST_TOPICS = 12
_SEED = 7
_ITERATIONS_TO_TRY, _ITERATIONS = 12, 30
_TRIED = (2, 3, 6, 9, MOST_TOPICS)
_WORTH_MORE_TOPICS = 1.05
_LEAST_OF_A_TOPIC = 4
_LEAST_SHARE = 0.02
_LEAST_TELLING = 0.4
_LEAST_FIT = 0.25
_WORDS = 6
_WORDS_COMPARED = 3
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Topic:
    """``members`` are positions of texts, the clearest first; ``examples`` are up to five of them."""

    words: tuple[str, ...]
    members: tuple[int, ...]
    examples: tuple[int, ...]


def find_topics(texts: Sequence[str], weights: Sequence[int]) -> list[Topic] | None:
    """Topics, the one with most comments first; None where there are too few comments to find any.

    Args:
        texts: distinct texts.
        weights: how many comments have each of them.

    A text is in one topic at most; one that fits none is left out. The same texts give the same topics, in any order.
    """
    words = [words_of(text) for text in texts]
    order = sorted((place for place in range(len(texts)) if words[place]), key=lambda place: texts[place])
    mine = [weights[place] for place in order]
    if sum(mine) < LEAST_COMMENTS:
        return None
    terms = weigh([words[place] for place in order], mine)
    if len(terms.names) < _WORDS_COMPARED:
        return []
    found = _clearest(terms, np.asarray(mine, np.float32))
    return [
        Topic(names, tuple(order[row] for row in rows), tuple(order[row] for row in rows[:_EXAMPLES]))
        for names, rows in found
    ]


_Found = list[tuple[tuple[str, ...], list[int]]]


def _clearest(terms: Terms, weights: Floats) -> _Found:
    """The number of topics whose words tell most comments apart; more of them must do so clearly better."""
    best, best_score = 0, 0.0
    for parts in _TRIED:
        if parts > len(weights) // 2 or parts > len(terms.names) // 2:
            break
        _found, score = _split(terms, weights, parts, _ITERATIONS_TO_TRY)
        if score > best_score * _WORTH_MORE_TOPICS:
            best, best_score = parts, score
    return _split(terms, weights, best, _ITERATIONS)[0] if best else []


def _split(terms: Terms, weights: Floats, parts: int, iterations: int) -> tuple[_Found, float]:
    """The topics of so many parts that hold together, and how well they explain the comments."""
    strength, _parts = factorise(terms.matrix, parts, seed=_SEED, iterations=iterations)
    topic = strength.argmax(axis=1)
    fit = strength.max(axis=1)
    topic[fit < _LEAST_FIT] = parts
    least = max(_LEAST_OF_A_TOPIC, _LEAST_SHARE * weights.sum())
    naming = _naming(terms, topic, parts)
    found = []
    score = 0.0
    for number in range(parts):
        rows = np.flatnonzero(topic == number)
        n = weights[rows].sum()
        names = np.argsort(-naming[number], kind="stable")
        telling = _telling(terms, weights, names[:_WORDS_COMPARED], topic == number) if len(rows) else 0.0
        if n < least or telling < _LEAST_TELLING:
            continue
        clear = rows[np.lexsort((rows, -fit[rows]))]
        found.append((float(n), _words(terms, names, naming[number]), clear.tolist()))
        score += float(n) / weights.sum() * telling
    found.sort(key=lambda each: (-each[0], each[1]))
    return [(words, rows) for _n, words, rows in found], score


def _naming(terms: Terms, topic: NDArray[np.int64], parts: int) -> Floats:
    """Class-based TF-IDF: how often a topic has a term, times how rare the term is over all topics."""
    counts = terms.counts
    classes = topic[counts.rows]
    flat = np.bincount(classes * len(terms.names) + counts.columns, counts.values, (parts + 1) * len(terms.names))
    by_class = flat.reshape(parts + 1, len(terms.names))
    size = by_class.sum(axis=1, keepdims=True) + 1
    naming: NDArray[np.float64] = by_class / size * np.log(1 + size.mean() / (by_class.sum(axis=0) + 1))
    return naming[:parts].astype(np.float32)


def _telling(terms: Terms, weights: Floats, columns: NDArray[np.int64], mine: NDArray[np.bool_]) -> float:
    """How well a topic's first terms alone would find its comments: F1 of having any of them, 0 to 1."""
    having = np.zeros(len(weights), bool)
    having[terms.counts.rows[np.isin(terms.counts.columns, columns)]] = True
    both = weights[having & mine].sum()
    return float(2 * both / (weights[having].sum() + weights[mine].sum()))


def _words(terms: Terms, columns: NDArray[np.int64], naming: Floats) -> tuple[str, ...]:
    """The names of the strongest terms; a word that a pair of words before it holds is said already."""
    words: list[str] = []
    for column in columns:
        name = terms.names[column]
        if naming[column] > 0 and not any(name in said.split() or said in name.split() for said in words):
            words.append(name)
        if len(words) == _WORDS:
            break
    return tuple(words)
