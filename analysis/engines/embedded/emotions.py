"""The feelings of a comment: the model says which, what the words name says how strongly and where."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.engines.base import EmotionLabel
from analysis.engines.embedded.answers import Chosen
from analysis.engines.embedded.reading import Reading
from analysis.engines.embedded.tone import Hit

MOST = 3
_FAINTEST, _PER_PROBABILITY = 0.3, 0.5
_STRONGEST_WEIGHT = 3.0
_LOUDER = 1.15

Cue = tuple[str, float, int, int]


def find_emotions(
    reading: Reading, hits: Sequence[Hit], chosen: Sequence[Chosen]
) -> tuple[tuple[EmotionLabel, ...], tuple[tuple[str, int, int], ...]]:
    """Return the three surest emotions, the strongest first, and the words that name them."""
    cues = _cues(reading, hits)
    loudness = _LOUDER if _is_loud(reading) else 1.0
    labels = [
        EmotionLabel(code, round(min(1.0, _intensity(code, probability, cues) * loudness), 4))
        for code, probability in chosen[:MOST]
    ]
    labels.sort(key=lambda label: -label.intensity)
    kept = {label.code for label in labels}
    return tuple(labels), tuple((code, start, end) for code, _, start, end in cues if code in kept)


def _intensity(code: str, probability: float, cues: Sequence[Cue]) -> float:
    named = [strength for cue, strength, _, _ in cues if cue == code]
    return max([_FAINTEST + _PER_PROBABILITY * probability, *named])


def _cues(reading: Reading, hits: Sequence[Hit]) -> list[Cue]:
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
