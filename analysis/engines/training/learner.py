"""Logistic regressions, one for each answer, over one table of features."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from analysis.engines.training.matrix import Floats

FOLDS = 4
STRENGTH = 3.0
"""The inverse of the regularisation (scikit-learn's C), chosen between hands: learnt from some, tried on others."""

Flags = NDArray[np.bool_]


class Linear(NamedTuple):
    """Coefficients (answers x features) and a bias for each answer."""

    coefficients: Floats
    biases: Floats


class Learner:
    """Learns answers from the same comments; `weights` says how much each comment counts."""

    def __init__(self, table: sparse.csr_matrix, weights: Floats, seed: int) -> None:
        self._table, self._weights, self._seed = table, weights, seed
        self.folds = np.random.default_rng(seed).integers(0, FOLDS, table.shape[0])

    def fit(self, targets: Flags, kept: Flags | None = None) -> Linear:
        """Return what is learnt of the comments that are `kept`, of all without it."""
        table, weights = self._table, self._weights
        if kept is not None:
            table, weights, targets = table[kept], weights[kept], targets[kept]
        fitted = [
            LogisticRegression(C=STRENGTH, solver="liblinear", random_state=self._seed).fit(table, wanted, weights)
            for wanted in targets.T
        ]
        return Linear(np.concatenate([one.coef_ for one in fitted]), np.concatenate([one.intercept_ for one in fitted]))

    def fit_without_each_fold(self, targets: Flags) -> tuple[list[Linear], Floats]:
        """Return a model for each fold, trained without it, and the scores it gives to the comments of that fold."""
        models, scores = [], np.zeros(targets.shape)
        for fold in range(FOLDS):
            here = self.folds == fold
            model = self.fit(targets, ~here)
            scores[here] = self._table[here] @ model.coefficients.T + model.biases
            models.append(model)
        return models, scores
