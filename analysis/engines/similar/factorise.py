"""Non-negative factors of a sparse matrix by multiplicative updates.

Lee, Seung: Algorithms for Non-negative Matrix Factorization. NIPS 13 (2001); the rules for squared distance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Sparse:
    """The values of a matrix that are not 0: ``values[i]`` stands at ``rows[i], columns[i]``."""

    shape: tuple[int, int]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: Floats

    def transposed(self) -> Sparse:
        """The matrix on its side."""
        order = np.argsort(self.columns, kind="stable")
        return Sparse(self.shape[::-1], self.columns[order], self.rows[order], self.values[order])

    def times(self, right: Floats) -> Floats:
        """Matrix product with a dense (columns, k); the values must stand row by row."""
        product = np.zeros((self.shape[0], right.shape[1]), np.float32)
        if len(self.rows):
            starts = np.flatnonzero(np.r_[True, self.rows[1:] != self.rows[:-1]])
            product[self.rows[starts]] = np.add.reduceat(self.values[:, None] * right[self.columns], starts)
        return product


def factorise(matrix: Sparse, parts: int, *, seed: int, iterations: int) -> tuple[Floats, Floats]:
    """Weights (rows, parts) and parts (parts, columns), each part of length 1, whose product is near the matrix.

    Parts begin at rows far from each other, the same ones for the same seed. The rows' order matters only to rounding.
    """
    turned = matrix.transposed()
    found = _beginnings(matrix, turned, parts, seed)
    weights = matrix.times(found.T) + _TINY
    for _ in range(iterations):
        weights *= matrix.times(found.T) / (weights @ (found @ found.T) + _TINY)
        found *= turned.times(weights).T / ((weights.T @ weights) @ found + _TINY)
    lengths = np.sqrt((found**2).sum(axis=1)) + _TINY
    return weights * lengths, found / lengths[:, None]


def _beginnings(matrix: Sparse, turned: Sparse, parts: int, seed: int) -> Floats:
    """Rows, one far from all before it; a little of everything is added, because a 0 would stay one."""
    rng = np.random.default_rng(seed)
    dense = np.empty((parts, matrix.shape[1]), np.float32)
    middle = turned.times(np.ones((matrix.shape[0], 1), np.float32))
    like = -matrix.times(middle)[:, 0]
    nearest = np.full(matrix.shape[0], -np.inf, np.float32)
    for part in range(parts):
        # The first is the one most like all; each other one the least like those taken, of rows that are like many.
        score = like if part == 0 else nearest + like / (np.abs(like).max() + _TINY)
        row = int(score.argmin())
        mine = matrix.rows == row
        dense[part] = 0.0
        dense[part, matrix.columns[mine]] = matrix.values[mine]
        nearest = np.maximum(nearest, matrix.times(dense[part][:, None])[:, 0])
    return dense + rng.uniform(0.001, 0.01, dense.shape).astype(np.float32)
