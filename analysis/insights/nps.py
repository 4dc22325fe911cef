"""Two scores that are often mixed up: NPS, of ratings, and net sentiment, of texts. Plain arithmetic."""

from __future__ import annotations

from dataclasses import dataclass


def points(good: int, bad: int, total: int) -> float | None:
    """Percentage of good minus percentage of bad, -100 to 100; None when there is nothing to divide by."""
    return 100 * (good - bad) / total if total else None


@dataclass(frozen=True, slots=True)
class Nps:
    """Net Promoter Score of those who gave a rating: promoters 9-10, passives 7-8, detractors 0-6."""

    promoters: int = 0
    passives: int = 0
    detractors: int = 0

    @property
    def n(self) -> int:
        """How many comments have a group; the others say nothing about NPS."""
        return self.promoters + self.passives + self.detractors

    @property
    def score(self) -> float | None:
        """% promoters - % detractors, -100 to 100; None means "no data"."""
        return points(self.promoters, self.detractors, self.n)


@dataclass(frozen=True, slots=True)
class Sentiments:
    """How many comments have each effective sentiment."""

    positive: int = 0
    neutral: int = 0
    negative: int = 0
    mixed: int = 0

    @property
    def n(self) -> int:
        """How many comments have a sentiment at all."""
        return self.positive + self.neutral + self.negative + self.mixed

    @property
    def net(self) -> float | None:
        """Net sentiment: % positive - % negative, -100 to 100; None without any. It is never called NPS."""
        return points(self.positive, self.negative, self.n)
