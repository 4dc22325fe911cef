"""What a model calls its answers, in our codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.engines.base import Sentiment

_USUAL: dict[Sentiment, tuple[str, ...]] = {
    Sentiment.POSITIVE: ("pos", "positive", "positivo", "positiva", "very positive", "muy positivo", "muy positiva"),
    Sentiment.NEUTRAL: ("neu", "neutral", "neutro", "neutra"),
    Sentiment.NEGATIVE: ("neg", "negative", "negativo", "negativa", "very negative", "muy negativo", "muy negativa"),
    Sentiment.MIXED: ("mix", "mixed", "mixto", "mixta"),
}
_CODE_OF = {name: code for code, names in _USUAL.items() for name in names}
_LEAST = frozenset({Sentiment.POSITIVE, Sentiment.NEGATIVE})


class LabelsError(ValueError):
    """Names that cannot be read as sentiments; the message goes on after the name of the folder."""


def read_labels(names: Sequence[str], own: Mapping[str, Any]) -> tuple[Sentiment, ...]:
    """Return the sentiment of each answer; `own` maps names to codes and goes before the usual names.

    Several answers may be one sentiment ("1 star", "2 stars"). Raises LabelsError for a name that nobody explains, and
    when the answers do not tell praise from complaint.
    """
    codes = tuple(_code(name, own) for name in names)
    if not _LEAST.issubset(codes):
        raise LabelsError(f"has a model that does not tell positive from negative; it answers: {', '.join(names)}")
    return codes


def _code(name: str, own: Mapping[str, Any]) -> Sentiment:
    said = own.get(name)
    if said is not None:
        if said not in tuple(Sentiment):
            raise LabelsError(f"maps {name!r} to {said!r} in labels.json, which is none of: {', '.join(Sentiment)}")
        return Sentiment(said)
    try:
        return _CODE_OF[" ".join(name.casefold().replace("_", " ").replace("-", " ").split())]
    except KeyError:
        raise LabelsError(
            f"has a model that answers {name!r}, and no labels.json that says which sentiment this is, such as "
            '{"LABEL_0": "negative"}'
        ) from None
