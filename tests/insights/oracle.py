"""What a filter means, said once more in plain Python over plain rows: the judge of the SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analysis.insights.filters import CommentFilter
from analysis.models import AnalysisResult, Comment
from analysis.text.normalise import fold

SCORES = {"positive": 1.0, "negative": -1.0, "neutral": 0.0, "mixed": 0.0}


@dataclass(frozen=True)
class Row:
    """A comment with its effective values, worked out here."""

    comment: Comment
    result: AnalysisResult | None

    def human_or(self, name: str) -> Any:
        human = getattr(self.comment, f"human_{name}")
        return human if human is not None else getattr(self.result, name, None)

    @property
    def score(self) -> float | None:
        human = self.comment.human_sentiment
        if human is not None and (self.result is None or self.result.sentiment != human):
            return SCORES[human]
        return self.result.sentiment_score if self.result else None

    @property
    def labels(self) -> dict[str, set[str]]:
        """Codes by field; themes also as "code:sentiment"."""
        themes = self.human_or("themes") or []
        return {
            "theme": {theme["code"] for theme in themes}
            | {f"{theme['code']}:{theme['sentiment']}" for theme in themes},
            "emotion": {emotion["code"] for emotion in self.human_or("emotions") or []},
            "competitor": set(self.result.details["competitors"]) if self.result else set(),
        }

    def value(self, field: str) -> Any:
        """The one value of a field, None where there is none."""
        if field in ("sentiment", "urgency", "churn_risk"):
            return self.human_or(field)
        if field in (
            "language",
            "confidence",
            "is_uninformative",
            "is_company_reply",
            "is_fallback",
            "rating_mismatch",
        ):
            return getattr(self.result, field, None)
        plain = {
            "score": self.score,
            "session": self.comment.session_id,
            "has_rating": self.comment.rating is not None,
            "is_duplicate": self.comment.duplicate_of_id is not None,
            "has_correction": self.comment.corrected_at is not None,
        }
        return plain[field] if field in plain else getattr(self.comment, field)

    def passes(self, chosen: CommentFilter) -> bool:
        """Whether the filter lets this comment through."""
        return all(self._passes(name, value, chosen) for name, value in chosen.active())

    def _passes(self, name: str, wanted: Any, chosen: CommentFilter) -> bool:
        field, _, operator = name.partition("__")
        if operator == "all":
            return set(wanted) <= self.labels[field]
        if name == "theme":
            return bool(self.labels["theme"] & set(_with_sentiments(wanted, chosen.theme_sentiment)))
        if name == "theme_sentiment":
            return bool(chosen.theme) or any(
                label.endswith(f":{code}") for label in self.labels["theme"] for code in wanted
            )
        if name in ("emotion", "competitor"):
            return bool(self.labels[name] & set(wanted))
        if name == "q":
            return all(word in fold(self.comment.text) for word in fold(wanted).split())
        return _compare(self.value(field), operator, wanted)


def _with_sentiments(themes: tuple[str, ...], sentiments: tuple[str, ...]) -> list[str]:
    return [f"{theme}:{sentiment}" for theme in themes for sentiment in sentiments] if sentiments else list(themes)


def _compare(value: Any, operator: str, wanted: Any) -> bool:
    if value is None:
        return False
    if isinstance(wanted, tuple):
        return value in wanted
    if operator == "gte":
        return bool(value >= wanted)
    if operator == "lt":
        return bool(value < wanted)
    return bool(value <= wanted) if operator == "lte" else bool(value == wanted)


def rows_of(comments: Any) -> list[Row]:
    """Every comment of a query set with its current result."""
    results = {result.comment_id: result for result in AnalysisResult.objects.filter(is_current=True, kind="all")}
    return [Row(comment, results.get(comment.pk)) for comment in comments]
