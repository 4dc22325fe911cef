"""From the scores of a model to its answers, as the manifest says: offsets, temperature, thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.engines.embedded.model import Scores

_DIGITS = 4
_RULES_RIGHT = 0.75


class Exclusive(NamedTuple):
    """One answer for each text, and the probability of every answer."""

    places: list[int]
    probabilities: NDArray[np.float64]


class Chosen(NamedTuple):
    """An answer that holds, with its probability."""

    code: str
    probability: float


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

    On one or two words, and on texts about other things than the service, the rules have as much to say as the model.
    """

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        super().__init__("sentiment", manifest)
        self._irony = manifest["outputs"].index("tone:sarcasm")
        self._irony_weight = float(self._made["irony_weight"])
        self._meant = np.eye(len(self.codes))[self.codes.index("negative")]

    def weigh(self, scores: Scores, by_rules: Sequence[str], is_for_rules: Sequence[bool]) -> Exclusive:
        """Return the best answer of each text; `by_rules` is the rules' own, which counts where `is_for_rules`."""
        plain = self.decide(scores).probabilities
        irony = self._irony_weight / (1 + np.exp(-scores[:, self._irony, None].astype(np.float64)))
        shares = plain * (1 - irony) + self._meant * irony
        heard = np.full_like(shares, (1 - _RULES_RIGHT) / (len(self.codes) - 1))
        heard[np.arange(len(by_rules)), [self.codes.index(code) for code in by_rules]] = _RULES_RIGHT
        shares = np.where(np.array(is_for_rules)[:, None], (shares + heard) / 2, shares)
        return Exclusive(shares.argmax(axis=1).tolist(), shares)


class SeveralHead(Head):
    """Any number of answers hold: those above their thresholds."""

    def nearest(self, scores: Scores) -> list[Chosen]:
        """Return for each text the one answer that is nearest to holding."""
        own = self.of(scores)
        places = (own - np.array(self._made["thresholds"])).argmax(axis=1)
        probabilities = (1 / (1 + np.exp(-own[np.arange(len(own)), places]))).round(_DIGITS).tolist()
        return [Chosen(self.codes[place], share) for place, share in zip(places.tolist(), probabilities, strict=True)]

    def decide(self, scores: Scores) -> list[list[Chosen]]:
        """Return the answers of each text, the surest first."""
        own = self.of(scores)
        holds = own >= np.array(self._made["thresholds"])
        probabilities = (1 / (1 + np.exp(-own))).round(_DIGITS)
        chosen: list[list[Chosen]] = [[] for _ in range(len(own))]
        texts, places = np.nonzero(holds)
        shares = probabilities[texts, places].tolist()
        for text, place, share in zip(texts.tolist(), places.tolist(), shares, strict=True):
            chosen[text].append(Chosen(self.codes[place], share))
        for answers in chosen:
            answers.sort(key=lambda one: (-one.probability, one.code))
        return chosen
