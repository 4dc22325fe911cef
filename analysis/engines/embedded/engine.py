"""The embedded engine: each text through the lexicon and the rules, one verdict each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analysis.engines.base import (
    ChurnRisk,
    Evidence,
    Item,
    Language,
    Sentiment,
    Urgency,
    Verdict,
)
from analysis.text.normalise import fold, squeeze
from analysis.text.tokens import Kind, tokenize

_LEXICON = Path(__file__).parent / "data" / "lexicon.tsv"
_NEGATIONS = frozenset({"no", "ni", "nunca", "jamas", "sin", "tampoco", "nada"})


class EmbeddedEngine:
    """Lexicon and rules; deterministic, no training, no network."""

    name = "embedded"
    version = "1.0"

    def __init__(self) -> None:
        lines = _LEXICON.read_text(encoding="utf-8").splitlines()[1:]
        self._weights = {fold(form): float(weight) for form, weight in (line.split("\t") for line in lines)}

    def label(self, items: Sequence[Item]) -> dict[str, Verdict]:
        """Return a verdict for each item, keyed by its id."""
        return {item.id: self._verdict(item.text) for item in items}

    def _verdict(self, text: str) -> Verdict:
        total, evidence, since_negation = 0.0, [], 9
        for token in tokenize(text):
            if token.kind is not Kind.WORD:
                continue
            word = squeeze(fold(token.text))
            weight = self._weight(word)
            if weight:
                weight = -weight if since_negation < 3 else weight
                total += weight
                sign = Sentiment.POSITIVE if weight > 0 else Sentiment.NEGATIVE
                evidence.append(Evidence(f"sentiment:{sign}", token.start, token.end))
            since_negation = 0 if word in _NEGATIONS else since_negation + 1
        score = round(total / (abs(total) + 1.5), 4)
        sentiment = Sentiment.NEUTRAL
        if abs(score) > 0.3:
            sentiment = Sentiment.POSITIVE if score > 0 else Sentiment.NEGATIVE
        return Verdict(
            sentiment=sentiment.value,
            score=score,
            confidence=round(0.4 + abs(score) / 2, 4),
            language=Language.ES.value,
            guarani_share=0.0,
            emotions=(),
            themes=(),
            urgency=Urgency.P3.value,
            churn_risk=ChurnRisk.NONE.value,
            evidence=tuple(evidence),
            competitors=(),
            pain_points=(),
            reasons=(),
            is_uninformative=not evidence,
            is_company_reply=False,
        )

    def _weight(self, word: str) -> float:
        for end in range(len(word), 2, -1):
            weight = self._weights.get(word[:end] + "*")
            if end == len(word):
                weight = self._weights.get(word, weight)
            if weight is not None:
                return weight
        return 0.0
