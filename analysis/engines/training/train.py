"""Trains a model: linear classifiers over the features of the engine, one for each answer (scikit-learn)."""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray

from analysis.engines.base import Urgency
from analysis.engines.embedded import tables
from analysis.engines.embedded.findings import RuleReader
from analysis.engines.embedded.model import BLOCKS, FORMAT, MANIFEST, WEIGHTS, row_type, write_weights
from analysis.engines.evaluation.labelled import Labelled
from analysis.engines.training import choices, phrasing, polarities
from analysis.engines.training.learner import Learner
from analysis.engines.training.matrix import Columns, Floats, choose, count, matrix
from analysis.engines.training.targets import HEADS, Head
from analysis.text.normalise import normalise

_LEAST_RECALL = {Urgency.P0.value: 0.85}
"""An emergency that nobody sees costs more than a few false alarms."""


def train(comments: Sequence[Labelled], *, seed: int, folder: Path, sources: Mapping[str, str]) -> dict[str, Any]:
    """Write a model of `comments` to `folder` and return its manifest.

    `sources` names what the comments are of, with a hash each. The same comments, seed and versions of the libraries
    give the same labels. The manifest's `unseen` are figures of cross-validation: how well comments were read by a
    model trained without them.
    """
    reader = RuleReader()
    findings = [reader.read(normalise(comment.text)) for comment in comments]
    counts = count([finding.clues() for finding in findings])
    columns = choose(counts)
    table = matrix(counts, columns)
    learner = Learner(table, seed)
    phrases = phrasing.PhraseLearner([finding.reading for finding in findings], seed)
    heads, unseen, models = {}, {}, []
    for head in HEADS:
        targets = head.targets(comments)
        kept = np.array([head.teaches(comment) for comment in comments])
        unseen_by, scores = learner.fit_without_each_fold(targets, kept)
        if head.name in phrasing.HEADS:
            scores += phrases.learn(head.outputs, targets, kept)
        heads[head.name] = _choose_answers(head, scores[kept], targets[kept])
        unseen[head.name] = choices.f1(heads[head.name], scores[kept], targets[kept])
        models.append(learner.fit(targets, kept))
        if head.name == "sentiment":
            polarity = polarities.fit(comments, findings, scores, unseen_by, learner.folds, columns)
    steps, by_runs = phrases.weights()
    manifest = {
        "format": FORMAT,
        "outputs": [output for head in HEADS for output in head.outputs],
        "bias": np.concatenate([model.biases for model in models]).round(5).tolist(),
        "runs": by_runs,
        "heads": heads,
        "unseen": unseen,
        "polarity": polarity,
        "seed": seed,
        "comments": len(comments),
        "counts": dict(sorted(Counter(comment.sentiment for comment in comments).items())),
        "sources": dict(sources),
        "tables": tables.fingerprint(),
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "scikit-learn": sklearn.__version__},
    }
    rows = _rows(columns, np.concatenate([model.coefficients for model in models]))
    manifest["rows"] = {name: len(columns[name].codes) for name in BLOCKS}
    _write(folder, rows, steps, manifest)
    return manifest


def _choose_answers(head: Head, scores: Floats, targets: NDArray[np.bool_]) -> dict[str, Any]:
    if head.name == "sentiment":
        chosen = choices.sentiment(scores, targets)
    elif head.is_exclusive:
        least = {head.codes.index(code): recall for code, recall in _LEAST_RECALL.items() if code in head.codes}
        chosen = choices.exclusive(scores, targets, least)
    elif head.name == "theme":
        chosen = choices.shared(scores, targets)
    elif head.name == "topic":
        chosen = choices.even(targets)
    else:
        chosen = choices.several(scores, targets)
    return {"codes": list(head.codes)} | chosen


def _rows(columns: Mapping[str, Columns], coefficients: Floats) -> NDArray[Any]:
    """Return a row for each feature, block after block; words and concepts count the more the rarer they are."""
    rarity = np.concatenate([columns[name].rarity for name in BLOCKS])
    is_signal = np.repeat([name == "signals" for name in BLOCKS], [len(columns[name].codes) for name in BLOCKS])
    rows = np.zeros(len(rarity), row_type(len(coefficients)))
    rows["code"] = np.concatenate([columns[name].codes for name in BLOCKS])
    rows["weights"][:, :-1] = (coefficients * rarity).T
    rows["weights"][:, -1] = np.where(is_signal, 0, rarity**2)
    return rows


def _write(folder: Path, rows: NDArray[Any], steps: NDArray[np.int8], manifest: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_weights(folder / WEIGHTS, rows, steps)
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
