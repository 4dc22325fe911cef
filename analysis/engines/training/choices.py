"""How scores become answers: offsets, temperature and thresholds, chosen on comments the model had not seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.metrics import f1_score

from analysis.engines.base import Sentiment

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_OFFSETS = np.arange(-1.5, 1.51, 0.1)
_THRESHOLDS = np.arange(-3.0, 1.01, 0.1)
_ROUNDS = 2
IRONY_WEIGHT = 0.85
"""Chosen on comments the model had not seen: more irony is heard, and no figure falls by more than luck."""

_DOUBT = 0.5
_MIXED = list(Sentiment).index(Sentiment.MIXED)
_WORTH = 0.002
"""A macro-F1 that is better by less is luck: the answer nearer to none stays."""


def exclusive(scores: Floats, targets: Flags, least_recall: dict[int, float]) -> dict[str, Any]:
    """Return offsets that make the macro-F1 of the best answer highest, and the temperature of its probabilities.

    `least_recall` names answers that must be found this often, whatever it costs the others.
    """
    wanted = targets.argmax(axis=1)
    offsets = np.zeros(scores.shape[1])
    for _ in range(_ROUNDS):
        for place in range(len(offsets)):
            offsets[place] = _best_offset(scores, wanted, offsets, place)
    for place, least in least_recall.items():
        mine = wanted == place
        while np.mean((scores + offsets)[mine].argmax(axis=1) == place) < least:
            offsets[place] += 0.05
    return {"offsets": offsets.round(3).tolist(), "temperature": _temperature(scores + offsets, wanted)}


def f1(made: Mapping[str, Any], scores: Floats, targets: Flags) -> dict[str, float]:
    """Return the macro-F1 (each answer weighs the same) and the micro-F1 (each decision does) of what is answered."""
    if "offsets" in made:
        answered = np.eye(scores.shape[1], dtype=bool)[(scores + made["offsets"]).argmax(axis=1)]
    else:
        answered = scores >= np.array(made["thresholds"])
    return {kind: round(float(f1_score(targets, answered, average=kind)), 4) for kind in ("macro", "micro")}


def _best_offset(scores: Floats, wanted: NDArray[np.intp], offsets: Floats, place: int) -> float:
    best, best_value = 0.0, -1.0
    for offset in sorted(_OFFSETS, key=abs):
        tried = offsets.copy()
        tried[place] = offset
        value = float(f1_score(wanted, (scores + tried).argmax(axis=1), average="macro"))
        if value > best_value + _WORTH:
            best, best_value = float(offset), value
    return best


def _temperature(scores: Floats, wanted: NDArray[np.intp]) -> float:
    """Guo et al. 2017, On calibration of modern neural networks."""

    def surprise(temperature: float) -> float:
        return -float(log_softmax(scores / temperature, axis=1)[np.arange(len(wanted)), wanted].mean())

    return round(float(minimize_scalar(surprise, bounds=(0.1, 5.0), method="bounded").x), 4)


def sentiment(scores: Floats, targets: Flags) -> dict[str, Any]:
    """Return how the sentiment is weighed: an ear for irony (see `SentimentHead`), an offset for `mixed` alone, which
    is said too seldom without it: the one with the highest macro-F1.
    """
    wanted = targets.argmax(axis=1)
    offsets = np.zeros(scores.shape[1])
    offsets[_MIXED] = _best_offset(scores, wanted, offsets, _MIXED)
    return {
        "offsets": offsets.round(3).tolist(),
        "temperature": _temperature(scores + offsets, wanted),
        "irony_weight": IRONY_WEIGHT,
    }


def several(scores: Floats, targets: Flags) -> dict[str, Any]:
    """Return for each answer the threshold with the highest F1."""
    return {"thresholds": [_threshold(scores[:, place], targets[:, place]) for place in range(targets.shape[1])]}


def even(targets: Flags) -> dict[str, Any]:
    """Return thresholds at which an answer would be a little likelier than not, were both as frequent."""
    holds = targets.sum(axis=0)
    return {"thresholds": (np.log(holds / (len(targets) - holds)) + _DOUBT).round(3).tolist()}


def shared(scores: Floats, targets: Flags) -> dict[str, Any]:
    """Return one threshold for all answers, the one with the highest F1 of all decisions together."""
    return {"thresholds": [_threshold(scores.ravel(), targets.ravel())] * targets.shape[1]}


def _threshold(scores: Floats, wanted: Flags) -> float:
    values = [float(f1_score(wanted, scores >= threshold)) for threshold in _THRESHOLDS]
    smooth = np.convolve(values, [0.25, 0.5, 0.25], mode="same")
    return round(float(_THRESHOLDS[1:-1][smooth[1:-1].argmax()]), 2)
