"""The feelings of a comment: what its words name, in keeping with its sentiment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from analysis.engines.base import EmotionLabel, Sentiment
from analysis.engines.embedded.reading import Reading
from analysis.engines.embedded.tone import Hit

MOST = 3
_FAINTEST = 0.3
_STRONGEST_WEIGHT = 3.0
_LOUDER = 1.15
_AGAIN = 0.1
_UNSAID = 0.4
_GLAD = frozenset({"joy", "satisfaction", "gratitude"})
_OPEN = frozenset({"hope", "surprise", "confusion"})
_SORE = frozenset({"worry", "frustration", "anger", "disappointment", "sadness"})
_ALLOWED = {
    Sentiment.POSITIVE: _GLAD | _OPEN,
    Sentiment.NEGATIVE: _SORE | _OPEN,
    Sentiment.NEUTRAL: _OPEN | _GLAD | _SORE,
    Sentiment.MIXED: _GLAD | _OPEN | _SORE,
}
_DEFAULT = {Sentiment.POSITIVE: "satisfaction", Sentiment.NEGATIVE: "frustration"}


def find_emotions(
    reading: Reading, hits: Sequence[Hit], sentiment: Sentiment
) -> tuple[tuple[EmotionLabel, ...], tuple[tuple[str, int, int], ...]]:
    """Return up to three emotions, the strongest first, and the words that speak for each."""
    strengths: dict[str, float] = defaultdict(float)
    evidence: list[tuple[str, int, int]] = []
    for code, strength, start, end in _cues(reading, hits):
        if code in _ALLOWED[sentiment]:
            before = strengths[code]
            strengths[code] = max(before, strength) + (_AGAIN if before else 0.0)
            evidence.append((code, start, end))
    if not strengths and sentiment in _DEFAULT:
        strengths[_DEFAULT[sentiment]] = _UNSAID
    loudness = _LOUDER if _is_loud(reading) else 1.0
    ranked = sorted(strengths.items(), key=lambda item: (-item[1], item[0]))
    labels = [
        EmotionLabel(code, round(min(1.0, strength * loudness), 4))
        for code, strength in ranked
        if strength >= _FAINTEST
    ][:MOST]
    kept = {label.code for label in labels}
    return tuple(labels), tuple(cue for cue in evidence if cue[0] in kept)


def _cues(reading: Reading, hits: Sequence[Hit]) -> list[tuple[str, float, int, int]]:
    cues = []
    for hit in hits:
        code = _felt(hit)
        if code:
            strength = max(abs(hit.weight) / _STRONGEST_WEIGHT, _FAINTEST)
            cues.append((code, min(1.0, strength), hit.start, hit.end))
    named = reading.of("emotion")
    return cues + [(match.rule.label, match.rule.weight, match.start, match.end) for match in named]


def _felt(hit: Hit) -> str:
    """Return the emotion of a hit; "not happy" is disappointment, "not bad" is satisfaction."""
    if not hit.is_flipped:
        return hit.emotion
    if not hit.emotion:
        return ""
    return "satisfaction" if hit.weight > 0 else "disappointment"


def _is_loud(reading: Reading) -> bool:
    words = [word for word in reading.words if word.tongue is not None]
    shouted = sum(word.is_shouted for word in words)
    return shouted >= 2 and shouted * 2 >= len(words)
