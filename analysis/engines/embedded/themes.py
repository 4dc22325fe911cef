"""Where a comment speaks of a theme, what the rules hear near by, and which sub-themes it complains of."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from analysis.engines.base import Sentiment
from analysis.engines.embedded.judgement import judge
from analysis.engines.embedded.patterns import Rule
from analysis.engines.embedded.reading import Match, Reading
from analysis.engines.embedded.taxonomy import NO_PAIN
from analysis.engines.embedded.tone import Hit

_HOLDS = 1.0
_NEAR = 5
_ELSEWHERE = 0.15
GENERAL, OTHER, REQUEST = "general_satisfaction", "other", "improvement_request"


@dataclass(slots=True)
class Evidence:
    """The matches that speak for a theme, the sum of their weights, and the part of it that people added."""

    strength: float = 0.0
    own_strength: float = 0.0
    matches: list[Match] = field(default_factory=list)

    @property
    def is_decided(self) -> bool:
        """Whether a person's phrases say that the theme holds, whatever a model makes of the words."""
        return self.own_strength >= _HOLDS

    @property
    def confidence(self) -> float:
        """How sure the phrases alone are, 0..1."""
        return round(min(0.95, 0.45 + 0.3 * self.strength), 4)

    def clauses(self, reading: Reading) -> frozenset[int]:
        """Return the numbers of the clauses it stands in."""
        return frozenset(reading.clauses[match.start] for match in self.matches)


def find_evidence(reading: Reading, own: Container[Rule] = ()) -> dict[str, Evidence]:
    """Return what speaks for each theme of which anything is said; `own` are the rules that people added."""
    themes: dict[str, Evidence] = {}
    for match in (*reading.apart("theme"), *reading.apart("request")):
        found = themes.setdefault(match.rule.label.split(".", 1)[0], Evidence())
        found.strength += match.rule.weight
        found.own_strength += match.rule.weight if match.rule in own else 0.0
        found.matches.append(match)
    return themes


def heard_near(evidence: Evidence, reading: Reading, hits: Sequence[Hit]) -> Sentiment:
    """Judge the hits by how near they stand to the evidence; neutral in silence."""
    weighed = [
        Hit(hit.start, hit.end, hit.weight * nearness, hit.kind, hit.emotion)
        for hit in hits
        if (nearness := max(_nearness(hit, match, reading) for match in evidence.matches))
    ]
    return judge(weighed).sentiment


def pain_points(complained: Iterable[Evidence], names: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the sub-themes in the evidence of themes that are complained of are called, each once.

    `names` says it where that is not a sub-theme's own code.
    """
    labels = (match.rule.label for evidence in complained for match in evidence.matches)
    pains = dict.fromkeys(names.get(label, label) for label in labels)
    return tuple(pain for pain in pains if pain != NO_PAIN)


def _nearness(hit: Hit, match: Match, reading: Reading) -> float:
    """Return 1 for a hit on the evidence itself, less with distance, almost 0 in another clause."""
    gap = max(hit.start - match.end, match.start - hit.end, -1) + 1
    if gap == 0:
        return 1.0
    clauses = reading.clauses
    if clauses[hit.start] != clauses[match.start] and clauses[hit.end - 1] != clauses[match.start]:
        return _ELSEWHERE / (1 + gap)
    return 1.0 / (1.0 + gap / _NEAR) ** 2
