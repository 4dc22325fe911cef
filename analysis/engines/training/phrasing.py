"""Learns what runs of letters say of the sentiment, beside what the words and the rules say of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analysis.engines.embedded.reading import Reading
from analysis.engines.embedded.runs import PLACES, Runs, runs
from analysis.engines.training.learner import Flags, Learner, Linear
from analysis.engines.training.matrix import Floats

HEADS = ("sentiment", "tone")
"""The questions that runs have a say in."""

SAY = 0.5
"""How much they have to say, against 1 of the words, chosen on parts of the corpus by other hands."""

_LEAST_TEXTS = 2
_SCALE = 3 / 7
_STEPS, _LEAST_WEIGHT = 127, 1e-6


class PhraseLearner:
    """Learns from the same comments, whose runs count the more the rarer they are, and keeps what it learnt."""

    def __init__(self, readings: Sequence[Reading], seed: int) -> None:
        found = runs([[reading.words[place] for place in reading.told] for reading in readings])
        self._rarity, values = _table(found, len(readings))
        self._learner = Learner(values, seed)
        self._outputs: list[str] = []
        self._learnt: list[Linear] = []

    def learn(self, outputs: Sequence[str], targets: Flags, kept: Flags) -> Floats:
        """Learn `outputs` (columns of `targets`) and return what runs add to the scores of comments not seen."""
        self._outputs += outputs
        self._learnt.append(self._learner.fit(targets, kept))
        _, scores = self._learner.fit_without_each_fold(targets, kept)
        return SAY * scores

    def weights(self) -> tuple[NDArray[np.int8], dict[str, Any]]:
        """Return the table (places x outputs) in whole steps, and what the manifest says of it."""
        weights = SAY * np.concatenate([model.coefficients for model in self._learnt]).T * self._rarity[:, None]
        steps = np.maximum(np.abs(weights).max(axis=0), _LEAST_WEIGHT) / _STEPS
        biases = SAY * np.concatenate([model.biases for model in self._learnt])
        made = {"outputs": self._outputs, "steps": steps.round(8).tolist(), "bias": biases.round(5).tolist()}
        return np.round(weights / steps).astype(np.int8), made


def _table(found: Runs, size: int) -> tuple[Floats, sparse.csr_matrix]:
    """Return how much each place counts, and texts x places, each text scaled to its number of runs."""
    text = np.searchsorted(found.starts, np.arange(found.places.shape[1]), side="right") - 1
    texts = np.broadcast_to(text, found.places.shape)[found.within]
    ones = np.ones(len(texts))
    counts = sparse.coo_matrix((ones, (texts, found.places[found.within])), (size, PLACES)).tocsr()
    many = np.asarray((counts > 0).sum(axis=0)).ravel()
    rarity = _SCALE * (np.log((1 + size) / (1 + many)) + 1) * (many >= _LEAST_TEXTS)
    return rarity, (sparse.diags(1 / np.sqrt(found.per_text())) @ counts @ sparse.diags(rarity)).tocsr()
