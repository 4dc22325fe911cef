"""The text's verdict and the customer's rating become one sentiment; neither hides the other."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.engines.base import Sentiment, Verdict

PROMOTER, DETRACTOR = 9.0, 6.0
_TEXT_CONFIDENCE_FLOOR = 0.75
_RATING_WEIGHT = 0.45
_MIXED_PULL = 0.6
_NEUTRAL_BAND = 0.2


@dataclass(frozen=True, slots=True)
class Fused:
    """The final sentiment of a comment; `text_sentiment` is what the text alone said."""

    sentiment: str
    score: float
    confidence: float
    text_sentiment: str
    rating_mismatch: bool


def fuse(verdict: Verdict, rating: float | None) -> Fused:
    """Join a verdict with a rating on 0..10 (or None); raise ValueError for a rating outside of it."""
    text = verdict.sentiment
    if rating is None or verdict.is_company_reply:
        return Fused(text, verdict.score, verdict.confidence, text, False)
    if not 0 <= rating <= 10:
        raise ValueError(f"A rating is 0..10, not {rating}")
    rated = _rating_sentiment(rating)
    if verdict.is_uninformative:
        return Fused(rated, _rating_score(rating), _RATING_WEIGHT + abs(rating - 5) / 20, text, False)
    mismatch = {text, rated} == {Sentiment.POSITIVE, Sentiment.NEGATIVE}
    weight = _RATING_WEIGHT * (1 - verdict.confidence)
    score = round((1 - weight) * verdict.score + weight * _rating_score(rating), 4)
    sentiment = text if _text_decides(verdict, mismatch) else _score_sentiment(text, score)
    return Fused(sentiment, score, _joined_confidence(verdict, rated, mismatch), text, mismatch)


def _rating_sentiment(rating: float) -> str:
    if rating >= PROMOTER:
        return Sentiment.POSITIVE.value
    return (Sentiment.NEGATIVE if rating <= DETRACTOR else Sentiment.NEUTRAL).value


def _rating_score(rating: float) -> float:
    """Map 0..10 to -1..1 with the zero at 7.5, the middle of the passives."""
    return round((rating - 7.5) / (2.5 if rating > 7.5 else 7.5), 4)


def _text_decides(verdict: Verdict, mismatch: bool) -> bool:
    strong = verdict.confidence >= _TEXT_CONFIDENCE_FLOOR and verdict.sentiment != Sentiment.NEUTRAL
    return strong or mismatch or (verdict.sentiment == Sentiment.MIXED and abs(verdict.score) < _MIXED_PULL)


def _score_sentiment(text: str, score: float) -> str:
    if text == Sentiment.NEUTRAL and abs(score) < _NEUTRAL_BAND:
        return text
    if text in (Sentiment.POSITIVE, Sentiment.NEGATIVE) and abs(score) < _NEUTRAL_BAND / 2:
        return Sentiment.NEUTRAL.value
    return (Sentiment.POSITIVE if score > 0 else Sentiment.NEGATIVE).value


def _joined_confidence(verdict: Verdict, rated: str, mismatch: bool) -> float:
    if mismatch:
        return round(verdict.confidence * 0.7, 4)
    if rated == verdict.sentiment:
        return round(verdict.confidence + (1 - verdict.confidence) * 0.4, 4)
    return verdict.confidence
