"""From the scores of a model to its answers, as the manifest says: offsets, temperature, thresholds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.engines.embedded.model import Scores

_DIGITS = 4
_RULES_RIGHT = 0.75
_MOOD_OF_SERVICE = 0.65
"""How much of a text's sentiment its mood may be where it names something of the service, chosen on folds."""

_SILENT = 700.0


class Exclusive(NamedTuple):
    """One answer for each text, and the probability of every answer."""

    places: list[int]
    probabilities: NDArray[np.float64]


class Chosen(NamedTuple):
    """An answer that holds, with its probability."""

    code: str
    probability: float


class Heard(NamedTuple):
    """What the rules heard of a text: their own sentiment, whether it is very short, whether it names the service."""

    sentiment: str
    is_brief: bool
    names_service: bool


class Head:
    """Reads one question's columns of the scores."""

    def __init__(self, name: str, manifest: Mapping[str, Any]) -> None:
        self._made = manifest["heads"][name]
        self.codes: tuple[str, ...] = tuple(self._made["codes"])
        outputs = manifest["outputs"]
        first = outputs.index(f"{name}:{self.codes[0]}")
        self.columns = slice(first, first + len(self.codes))
        self.column_of = {code: first + place for place, code in enumerate(self.codes)}

    def of(self, scores: Scores) -> NDArray[np.float64]:
        """Return this question's columns."""
        return scores[:, self.columns].astype(np.float64)


class ExclusiveHead(Head):
    """Exactly one answer holds."""

    def decide(self, scores: Scores) -> Exclusive:
        """Return the best answer of each text."""
        shifted = self.of(scores) + np.array(self._made["offsets"])
        cooled = shifted / self._made["temperature"]
        grown = np.exp(cooled - cooled.max(axis=1, keepdims=True, initial=-np.inf))
        return Exclusive(shifted.argmax(axis=1).tolist(), grown / grown.sum(axis=1, keepdims=True))


class SentimentHead(ExclusiveHead):
    """The sentiment; what is likely meant the other way round counts as complaint to that degree.

    To the degree to which a text is likely about something else than the service, its mood counts instead, half as a
    model of its own and half as the rules hear it; less so where it names something of the service. On one or two
    words, the rules have as much to say as the model.
    """

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        super().__init__("sentiment", manifest)
        self._irony = manifest["outputs"].index("tone:sarcasm")
        self._irony_weight = float(self._made["irony_weight"])
        self._elsewhere = manifest["outputs"].index("topic:elsewhere")
        self._elsewhere_from = float(manifest["heads"]["topic"]["thresholds"][0])
        self._mood = ExclusiveHead("mood", manifest)
        self._meant = np.eye(len(self.codes))[self.codes.index("negative")]

    def weigh(self, scores: Scores, heard: Sequence[Heard]) -> Exclusive:
        """Return the best answer of each text."""
        irony = self._irony_weight * _likely(scores[:, self._irony])
        shares = self.decide(scores).probabilities * (1 - irony) + self._meant * irony
        by_rules = self._by_rules(heard)
        most = np.where(_column(one.names_service for one in heard), _MOOD_OF_SERVICE, 1.0)
        elsewhere = most * _likely(scores[:, self._elsewhere] - self._elsewhere_from)
        mood = (self._mood.decide(scores).probabilities + by_rules) / 2
        shares = shares * (1 - elsewhere) + mood * elsewhere
        shares = np.where(_column(one.is_brief for one in heard), (shares + by_rules) / 2, shares)
        return Exclusive(shares.argmax(axis=1).tolist(), shares)

    def _by_rules(self, heard: Sequence[Heard]) -> NDArray[np.float64]:
        """Return what the rules say as probabilities."""
        shares = np.full((len(heard), len(self.codes)), (1 - _RULES_RIGHT) / (len(self.codes) - 1))
        shares[np.arange(len(heard)), [self.codes.index(one.sentiment) for one in heard]] = _RULES_RIGHT
        return shares


def _column(flags: Iterable[bool]) -> NDArray[np.bool_]:
    return np.array([*flags])[:, None]


def _likely(scores: Scores) -> NDArray[np.float64]:
    """Return the probabilities of one output as a column."""
    return _logistic(scores)[:, None]


def _logistic(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Return probabilities; a score of -10,000 silences an answer and is none to compute with."""
    likely: NDArray[np.float64] = 1 / (1 + np.exp(-np.maximum(scores.astype(np.float64), -_SILENT)))
    return likely


class SeveralHead(Head):
    """Any number of answers hold: those above their thresholds."""

    def nearest(self, scores: Scores) -> list[Chosen]:
        """Return for each text the one answer that is nearest to holding."""
        own = self.of(scores)
        places = (own - np.array(self._made["thresholds"])).argmax(axis=1)
        probabilities = _logistic(own[np.arange(len(own)), places]).round(_DIGITS).tolist()
        return [Chosen(self.codes[place], share) for place, share in zip(places.tolist(), probabilities, strict=True)]

    def decide(self, scores: Scores) -> list[list[Chosen]]:
        """Return the answers of each text, the surest first."""
        own = self.of(scores)
        holds = own >= np.array(self._made["thresholds"])
        probabilities = _logistic(own).round(_DIGITS)
        chosen: list[list[Chosen]] = [[] for _ in range(len(own))]
        texts, places = np.nonzero(holds)
        shares = probabilities[texts, places].tolist()
        for text, place, share in zip(texts.tolist(), places.tolist(), shares, strict=True):
            chosen[text].append(Chosen(self.codes[place], share))
        for answers in chosen:
            answers.sort(key=lambda one: (-one.probability, one.code))
        return chosen
