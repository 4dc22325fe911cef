"""What somebody else's program sent is checked value by value before it counts as a label."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

from analysis.engines.base import EMOTIONS, ChurnRisk, Language, Sentiment, Urgency

SENTIMENTS, LANGUAGES = frozenset(Sentiment), frozenset(Language)
URGENCIES, CHURN_RISKS = frozenset(Urgency), frozenset(ChurnRisk)
_DIGITS = 4


class Malformed(ValueError):
    """An answer, or one result of it, that is not of the form that was asked for."""


def code_of(value: Any, known: Collection[str]) -> str:
    """A code that is one of the known ones; raise Malformed for any other value."""
    if not isinstance(value, str) or value not in known:
        raise Malformed("unknown code")
    return str(value)


def number_of(value: Any, least: float) -> float:
    """A number from `least` to 1, cut to that range; raise Malformed for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        raise Malformed("no number")
    return round(float(min(1.0, max(least, value))), _DIGITS)


def _is_finite(value: float) -> bool:
    return isinstance(value, int) or math.isfinite(value)  # whole numbers may be too long for a float


def emotions_of(listed: Any) -> list[dict[str, Any]]:
    """Emotions with their intensity, each once, in the order given; raise for what is none."""
    found: dict[str, dict[str, Any]] = {}
    for one in listed:
        code = code_of(one["code"], EMOTIONS)
        found.setdefault(code, {"code": code, "intensity": number_of(one["intensity"], 0.0)})
    return list(found.values())
