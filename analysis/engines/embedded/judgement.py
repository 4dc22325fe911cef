"""From the hits of a comment to its sentiment, score and confidence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from analysis.engines.base import Sentiment
from analysis.engines.embedded.tone import Hit

AUDIBLE = 0.6
"""Below this sum of weights nothing is said."""

_MIXED_STRENGTH, _MIXED_BALANCE = 1.1, 0.45
_MIXED_STRENGTH_CONTRAST, _MIXED_BALANCE_CONTRAST = 0.85, 0.28
_SOFTENING = 1.0
_FAINT = frozenset({"hint", "request"})
_FAINT_YIELDS_TO = 0.5


class Judgement(NamedTuple):
    """Sentiment of a text or of a part of it; `praise` and `complaint` are sums of weights, both >= 0."""

    sentiment: Sentiment
    score: float
    praise: float
    complaint: float


def judge(hits: Iterable[Hit], has_contrast: bool = False) -> Judgement:
    """Weigh praise against complaint."""
    weights = [hit.weight for hit in hits]
    praise = sum(weight for weight in weights if weight > 0)
    complaint = -sum(weight for weight in weights if weight < 0)
    score = round((praise - complaint) / (praise + complaint + _SOFTENING), 4)
    return Judgement(_sentiment(praise, complaint, has_contrast), score, praise, complaint)


def _sentiment(praise: float, complaint: float, has_contrast: bool) -> Sentiment:
    weaker, stronger = sorted((praise, complaint))
    if praise + complaint < AUDIBLE or (stronger - weaker < AUDIBLE / 2 and weaker < _MIXED_STRENGTH / 2):
        return Sentiment.NEUTRAL
    strength, balance = (_MIXED_STRENGTH, _MIXED_BALANCE)
    if has_contrast:
        strength, balance = (_MIXED_STRENGTH_CONTRAST, _MIXED_BALANCE_CONTRAST)
    if weaker >= strength and weaker >= balance * stronger:
        return Sentiment.MIXED
    return Sentiment.POSITIVE if praise > complaint else Sentiment.NEGATIVE


def plainest(hits: Sequence[Hit]) -> list[Hit]:
    """Leave out hints where something plainer is said, and all requests but the first: asking twice is one wish."""
    plain = [hit for hit in hits if hit.kind not in _FAINT]
    if not any(abs(hit.weight) >= _FAINT_YIELDS_TO for hit in plain):
        plain += [hit for hit in hits if hit.kind == "hint"]
    requests = [hit for hit in hits if hit.kind == "request"]
    return sorted(plain + requests[:1], key=lambda hit: hit.start)


def confidence(judgement: Judgement, words: int) -> float:
    """Return how likely the sentiment is right, 0..1; grows with the distance to the next best one."""
    praise, complaint = judgement.praise, judgement.complaint
    if judgement.sentiment is Sentiment.NEUTRAL:
        doubt = (praise + complaint) / AUDIBLE
        return round(max(0.35, 0.72 - 0.2 * min(doubt, 1.0) - 0.01 * min(words, 20)), 4)
    if judgement.sentiment is Sentiment.MIXED:
        return round(0.45 + 0.25 * min(praise, complaint) / max(praise, complaint), 4)
    margin = abs(praise - complaint) / math.sqrt(1.0 + praise + complaint)
    return round(0.45 + 0.5 * (1 - math.exp(-1.1 * margin)), 4)
