"""Learns what the sentiment towards a theme is, from comments whose themes are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from analysis.engines.embedded.findings import Findings
from analysis.engines.embedded.model import Clues
from analysis.engines.embedded.polarity import SENTIMENTS, Spoken, elements_of, spoken, views
from analysis.engines.embedded.reading import Reading
from analysis.engines.evaluation.labelled import Labelled
from analysis.engines.training.learner import Linear
from analysis.engines.training.matrix import Columns, Floats, count, words_matrix


def fit(
    comments: Sequence[Labelled],
    findings: Sequence[Findings],
    whole: Floats,
    models: Sequence[Linear],
    folds: Floats,
    columns: Mapping[str, Columns],
) -> dict[str, Any]:
    """Return weights (views x sentiments) and biases.

    `whole` are the scores of the sentiments of each comment, and `models` the ones that gave them, both of comments
    the model had not seen: those in whose fold each comment is.
    """
    themes = _themes(comments, findings)
    local = _local_scores(themes, findings, models, folds, columns)
    table = views(themes, whole[[one.text for one in themes]].astype(np.float32), local.astype(np.float32))
    wanted = [SENTIMENTS.index(comments[one.text].themes[one.theme]) for one in themes]
    fitted = LogisticRegression(C=1.0, max_iter=1000).fit(table, wanted)
    return {"weights": fitted.coef_.T.round(4).tolist(), "bias": fitted.intercept_.round(4).tolist()}


def _themes(comments: Sequence[Labelled], findings: Sequence[Findings]) -> list[Spoken]:
    themes = []
    for number, (comment, finding) in enumerate(zip(comments, findings, strict=True)):
        if not comment.is_elsewhere:
            themes += [spoken(number, theme, finding) for theme in comment.themes]
    return themes


def _local_scores(
    themes: Sequence[Spoken],
    findings: Sequence[Findings],
    models: Sequence[Linear],
    folds: Floats,
    columns: Mapping[str, Columns],
) -> Floats:
    parts = [Clues(_part(findings[one.text].reading, elements_of(one, findings[one.text])), ()) for one in themes]
    table = words_matrix(count(parts)["words"], columns["words"])
    scores = np.zeros((len(themes), len(SENTIMENTS)))
    fold_of = np.array([folds[one.text] for one in themes])
    for fold, model in enumerate(models):
        here = fold_of == fold
        scores[here] = table[here] @ model.coefficients[:, : table.shape[1]].T + model.biases
    return scores


def _part(reading: Reading, elements: Sequence[int]) -> Reading:
    """Return a reading that tells only some of its words."""
    return reading.telling([reading.told[element] for element in elements])
