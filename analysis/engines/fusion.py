"""The text's verdict and the customer's rating become one sentiment; neither hides the other."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.engines.base import Sentiment, Verdict

PROMOTER, DETRACTOR = 9.0, 6.0
"""From the first on a rating is good, up to the second it is bad (the groups of the Net Promoter Score)."""

_MIDDLE, _BEST = 7.5, 10.0
_STRONG_TEXT = 0.7
_WEIGHT_BESIDE_TONE, _WEIGHT_BESIDE_NEUTRAL = 0.6, 0.5
_NEUTRAL_BAND = 0.15
_AGREEMENT_GAIN, _MISMATCH_LOSS = 0.4, 0.7


@dataclass(frozen=True, slots=True)
class Fused:
    """The final sentiment of a comment; `text_sentiment` is what the text alone said.

    `rating_mismatch`: the text praises what the rating condemns, or the other way round.
    """

    sentiment: str
    score: float
    confidence: float
    text_sentiment: str
    rating_mismatch: bool


def fuse(verdict: Verdict, rating: float | None) -> Fused:
    """Join a verdict with a rating on 0..10 (or None); raise ValueError for a rating outside of it.

    A text that says nothing (“.”, “ninguna”) stays neutral: what the rating says is counted where ratings are, in the
    NPS, and not a second time as if it had been written. A text that speaks clearly keeps its word; in between both
    count, the rating the more the less sure the text is.
    """
    text = verdict.sentiment
    if rating is None or verdict.is_company_reply or verdict.is_uninformative:
        return Fused(text, verdict.score, verdict.confidence, text, rating_mismatch=False)
    if not 0 <= rating <= _BEST:
        raise ValueError(f"a rating is 0 to 10, not {rating}")
    rated, rating_score = _rating_sentiment(rating), _rating_score(rating)
    weight = _rating_weight(verdict)
    score = round((1 - weight) * verdict.score + weight * rating_score, 4)
    mismatch = {text, rated} == {Sentiment.POSITIVE, Sentiment.NEGATIVE}
    confidence = _confidence(verdict, rated, mismatch)
    return Fused(_sentiment(verdict, score), score, confidence, text, mismatch)


def _rating_sentiment(rating: float) -> str:
    if rating >= PROMOTER:
        return Sentiment.POSITIVE.value
    return (Sentiment.NEGATIVE if rating <= DETRACTOR else Sentiment.NEUTRAL).value


def _rating_score(rating: float) -> float:
    """Map 0..10 to -1..1 with the zero between the passives, 7 and 8."""
    reach = _BEST - _MIDDLE if rating > _MIDDLE else _MIDDLE
    return round((rating - _MIDDLE) / reach, 4)


def _rating_weight(verdict: Verdict) -> float:
    if verdict.sentiment == Sentiment.NEUTRAL:
        return _WEIGHT_BESIDE_NEUTRAL
    return _WEIGHT_BESIDE_TONE * (1 - verdict.confidence)


def _sentiment(verdict: Verdict, score: float) -> str:
    text = verdict.sentiment
    if text == Sentiment.MIXED or (text != Sentiment.NEUTRAL and verdict.confidence >= _STRONG_TEXT):
        return text
    if abs(score) < _NEUTRAL_BAND:
        return Sentiment.NEUTRAL.value
    return (Sentiment.POSITIVE if score > 0 else Sentiment.NEGATIVE).value


def _confidence(verdict: Verdict, rated: str, mismatch: bool) -> float:
    if mismatch:
        return round(verdict.confidence * _MISMATCH_LOSS, 4)
    if rated == verdict.sentiment:
        return round(verdict.confidence + (1 - verdict.confidence) * _AGREEMENT_GAIN, 4)
    return verdict.confidence
