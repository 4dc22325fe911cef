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

_TOLERANCE = 0.01
"""Of the dual problem, which is five times as fast here as the primal one, and as exact."""

_LEVEL = 0.3
_SURE = 6.0

Flags = NDArray[np.bool_]


class Linear(NamedTuple):
    """Coefficients (answers x features) and a bias for each answer."""

    coefficients: Floats
    biases: Floats


class Learner:
    """Learns answers from the same comments."""

    def __init__(self, table: sparse.csr_matrix, seed: int) -> None:
        self._table, self._seed = table, seed
        self.folds = np.random.default_rng(seed).integers(0, FOLDS, table.shape[0])

    def fit(self, targets: Flags, kept: Flags) -> Linear:
        """Return what is learnt of the comments that are `kept`."""
        table, targets = self._table[kept], targets[kept]
        fitted = [self._fit_one(table, wanted) for wanted in targets.T]
        return Linear(*(np.concatenate(parts) for parts in zip(*fitted, strict=True)))

    def _fit_one(self, table: sparse.csr_matrix, wanted: Flags) -> tuple[Floats, Floats]:
        if wanted.all() or not wanted.any():  # nothing to tell apart: surely so, or surely not
            return np.zeros((1, table.shape[1])), np.array([_SURE if wanted.all() else -_SURE])
        scale = _telling(table, wanted)
        learnt = LogisticRegression(
            C=STRENGTH, solver="liblinear", dual=True, tol=_TOLERANCE, max_iter=1000, random_state=self._seed
        ).fit(table @ sparse.diags(scale), wanted)
        return learnt.coef_ * scale, learnt.intercept_

    def fit_without_each_fold(self, targets: Flags, kept: Flags) -> tuple[list[Linear], Floats]:
        """Return a model for each fold, trained without it, and the scores it gives to the comments of that fold.

        Only comments that are `kept` teach; all get scores.
        """
        models, scores = [], np.zeros(targets.shape)
        for fold in range(FOLDS):
            here = self.folds == fold
            model = self.fit(targets, ~here & kept)
            scores[here] = self._table[here] @ model.coefficients.T + model.biases
            models.append(model)
        return models, scores


def _telling(table: sparse.csr_matrix, wanted: Flags) -> Floats:
    """Return how much each feature counts: more where one side has it more often (Wang and Manning 2012, NB-SVM).

    The square root and the share of _LEVEL that all have alike are milder than the paper's plain log-count ratio.
    """
    strength = abs(table)
    sides = [1.0 + np.asarray(strength[side].sum(axis=0)).ravel() for side in (wanted, ~wanted)]
    ratio = np.sqrt(np.abs(np.log((sides[0] / sides[0].sum()) / (sides[1] / sides[1].sum()))))
    scale: Floats = _LEVEL + (1 - _LEVEL) * ratio / np.sqrt((ratio**2).mean())
    return scale
