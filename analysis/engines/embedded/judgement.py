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
_SHORT, _OFF_TOPIC = 4, 0.85
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


def confidence(judgement: Judgement, words: int, is_on_topic: bool) -> float:
    """Return how likely the sentiment is right, 0..1; grows with the distance to the next best one.

    `words` is the length of the text; `is_on_topic` says that it has evidence of a theme: elsewhere the lexicon is
    less at home. The constants were set by reading reliability on labelled comments inside and outside the domain.
    """
    praise, complaint = judgement.praise, judgement.complaint
    if judgement.sentiment is Sentiment.NEUTRAL:
        doubt = min((praise + complaint) / AUDIBLE, 1.0)
        return round(0.66 - 0.15 * doubt - 0.01 * min(words, 16), 4)
    if judgement.sentiment is Sentiment.MIXED:
        sure = 0.5 + 0.25 * min(praise, complaint) / max(praise, complaint)
    else:
        margin = abs(praise - complaint) / math.sqrt(1.0 + praise + complaint)
        sure = 0.42 + 0.53 * (1 - math.exp(-margin))
    return round(sure if is_on_topic or words <= _SHORT else sure * _OFF_TOPIC, 4)
