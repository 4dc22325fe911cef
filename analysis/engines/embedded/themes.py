"""What a comment is about, and what it says of each theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis.engines.base import Sentiment, ThemeLabel
from analysis.engines.embedded.judgement import Judgement, judge
from analysis.engines.embedded.reading import Match, Reading
from analysis.engines.embedded.taxonomy import NO_PAIN
from analysis.engines.embedded.tone import Hit

_HOLDS, _BESIDE_HOLDS, _WEAK_HOLDS = 1.0, 0.85, 0.7
_NEAR = 5
_ELSEWHERE = 0.15
GENERAL, OTHER, REQUEST = "general_satisfaction", "other", "improvement_request"


@dataclass(slots=True)
class Found:
    """A theme with the matches that speak for it."""

    code: str
    strength: float = 0.0
    matches: list[Match] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Themes:
    """The themes of a text, strongest first, their evidence and the sub-themes it complains of."""

    labels: tuple[ThemeLabel, ...]
    evidence: tuple[tuple[str, int, int], ...]
    pain_points: tuple[str, ...]


def find_themes(reading: Reading, hits: Sequence[Hit], whole: Judgement, pain_names: Mapping[str, str]) -> Themes:
    """Return the themes of `reading`; a comment that says something always has one.

    `pain_names` says what a sub-theme is called where it is complained of, when that is not its own code.
    """
    held = _held(reading)
    if not held:
        code = OTHER if whole.sentiment is Sentiment.NEUTRAL else GENERAL
        label = ThemeLabel(code, whole.sentiment.value, 0.4 if code == OTHER else 0.55)
        return Themes((label,), (), ())
    labels, evidence = [], []
    pains: dict[str, None] = {}
    for found in held:
        sentiment = _sentiment_of(found, reading, hits, whole)
        labels.append(ThemeLabel(found.code, sentiment.value, _confidence(found.strength)))
        for match in found.matches:
            evidence.append((found.code, match.start, match.end))
            if sentiment in (Sentiment.NEGATIVE, Sentiment.MIXED):
                pains[pain_names.get(match.rule.label, match.rule.label)] = None
    return Themes(tuple(labels), tuple(evidence), tuple(pain for pain in pains if pain != NO_PAIN))


def _held(reading: Reading) -> list[Found]:
    """Return the themes with enough evidence; where there is none, the single strongest hint."""
    themes: dict[str, Found] = {}
    for match in (*reading.apart("theme"), *reading.apart("request")):
        code = match.rule.label.split(".", 1)[0]
        found = themes.setdefault(code, Found(code))
        found.strength += match.rule.weight
        found.matches.append(match)
    by_strength = sorted(themes.values(), key=lambda found: -found.strength)
    held = [found for found in by_strength if found.strength >= _WEAK_HOLDS]
    if any(found.strength >= _HOLDS and found.code not in (GENERAL, REQUEST) for found in held):
        held = [found for found in held if found.strength >= _BESIDE_HOLDS]
    return held or [found for found in by_strength[:1] if found.code != GENERAL]


def _confidence(strength: float) -> float:
    return round(min(0.95, 0.45 + 0.3 * strength), 4)


def _sentiment_of(found: Found, reading: Reading, hits: Sequence[Hit], whole: Judgement) -> Sentiment:
    """Judge the hits by how near they stand to the evidence; in silence the whole comment speaks."""
    if found.code == GENERAL:
        return whole.sentiment
    weighed = [
        Hit(hit.start, hit.end, hit.weight * nearness, hit.kind, hit.emotion)
        for hit in hits
        if (nearness := max(_nearness(hit, match, reading) for match in found.matches))
    ]
    sentiment = judge(weighed).sentiment
    return whole.sentiment if sentiment is Sentiment.NEUTRAL else sentiment


def _nearness(hit: Hit, match: Match, reading: Reading) -> float:
    """Return 1 for a hit on the evidence itself, less with distance, almost 0 in another clause."""
    gap = max(hit.start - match.end, match.start - hit.end, -1) + 1
    if gap == 0:
        return 1.0
    clauses = reading.clauses
    if clauses[hit.start] != clauses[match.start] and clauses[hit.end - 1] != clauses[match.start]:
        return _ELSEWHERE / (1 + gap)
    return 1.0 / (1.0 + gap / _NEAR) ** 2
