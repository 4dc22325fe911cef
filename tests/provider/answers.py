"""What the provider says of a comment: a function of its text alone, so that a swapped answer shows."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from analysis.engines.base import EMOTIONS, ChurnRisk, Language, Sentiment, Urgency


def result_for(text: str, themes: Sequence[str]) -> dict[str, Any]:
    """The one right result for a text, without its id."""
    draw = iter(sha256(text.encode()).digest())

    def one_of(codes: Sequence[str]) -> str:
        return codes[next(draw) % len(codes)]

    sentiment = one_of([code.value for code in Sentiment])
    return {
        "sentiment": sentiment,
        "score": round(next(draw) / 127.5 - 1, 3),
        "confidence": round(0.5 + next(draw) / 510, 3),
        "language": one_of([code.value for code in Language]),
        "themes": [{"code": one_of(themes), "sentiment": sentiment, "confidence": round(next(draw) / 255, 3)}],
        "emotions": [{"code": one_of(EMOTIONS), "intensity": round(next(draw) / 255, 3)}],
        "urgency": one_of([code.value for code in Urgency]),
        "churn_risk": one_of([code.value for code in ChurnRisk]),
        "quote": text.split()[0] if text.split() else "",
    }


def kept_for(text: str, themes: Sequence[str]) -> dict[str, Any]:
    """What is kept of the right result: the quote as its place."""
    result = result_for(text, themes)
    quote = result.pop("quote")
    return result | {"place": [text.index(quote), text.index(quote) + len(quote)] if quote else []}
