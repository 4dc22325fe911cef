"""Filters of every kind, for property tests."""

from __future__ import annotations

import uuid
from datetime import UTC, timedelta
from typing import Any

from hypothesis import strategies as st

from analysis.engines.base import EMOTIONS, THEMES, ChurnRisk, Language, Sentiment, Urgency
from analysis.insights.filters import CommentFilter
from analysis.models import CommentStatus, NpsGroup
from tests.factories import START

_SENTIMENTS = [code.value for code in Sentiment]
_MOMENTS = st.integers(-24, 24 * 45).map(lambda hours: START.astimezone(UTC) + timedelta(hours=hours))
_WORDS = st.sampled_from(
    ["lento", "LENTO", "atencion", "oĩ porã", "oi pora", "no se", "1", "d'a", "a.c", "(", "\\d", "ñ"]
)


def _some(codes: Any) -> st.SearchStrategy[tuple[str, ...]]:
    values = sorted({str(code) for code in codes})
    return st.sets(st.sampled_from(values), min_size=1, max_size=3).map(lambda chosen: tuple(sorted(chosen)))


def _number(least: float, most: float) -> st.SearchStrategy[float]:
    return st.integers(0, 20).map(lambda step: round(least + (most - least) * step / 20, 4) + 0.0)


FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "sentiment": _some(Sentiment),
    "theme": _some(THEMES),
    "theme_sentiment": _some(Sentiment),
    "theme__all": _some([*THEMES, *(f"{theme}:{sentiment}" for theme in THEMES for sentiment in _SENTIMENTS)]),
    "emotion": _some(EMOTIONS),
    "emotion__all": _some(EMOTIONS),
    "language": _some(Language),
    "urgency": _some(Urgency),
    "churn_risk": _some(ChurnRisk),
    "nps_group": _some(NpsGroup.values),
    "status": _some(CommentStatus.values),
    "competitor": _some(["tigo", "claro", "copaco"]),
    "competitor__all": _some(["tigo", "claro"]),
    "region": _some(["Asunción", "Encarnación", "Nowhere, at all"]),
    "service": _some(["100 Mb", "300 Mb"]),
    "channel": _some(["App", "Web"]),
    "rating__gte": _number(0, 10),
    "rating__lte": _number(0, 10),
    "rating__lt": _number(0, 10),
    "score__gte": _number(-1, 1),
    "score__lt": _number(-1, 1),
    "confidence__gte": _number(0, 1),
    "confidence__lt": _number(0, 1),
    "created_at__gte": _MOMENTS,
    "created_at__lt": _MOMENTS,
    "row_number": st.integers(1, 300),
    "q": _WORDS,
    **{
        name: st.booleans()
        for name in (
            "has_date", "has_rating", "is_duplicate", "has_correction", "is_uninformative", "is_company_reply",
            "is_fallback", "rating_mismatch",
        )
    },
}  # fmt: skip


@st.composite
def filters(draw: st.DrawFn, session: uuid.UUID | None = None, most: int = 4) -> CommentFilter:
    """Filters of no to ``most`` fields."""
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=most, unique=True))
    chosen = CommentFilter(**{name: draw(FIELDS[name]) for name in names})
    return chosen.where(session=session) if session is not None and draw(st.booleans()) else chosen
