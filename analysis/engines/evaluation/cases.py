"""Comments with what the reader and what the engine says of them, and the slices they fall into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from analysis.engines.base import Engine, Item, Language, Verdict
from analysis.engines.evaluation.labelled import Labelled
from analysis.engines.evaluation.metrics import CodePair, Pair
from analysis.text.normalise import normalise

SHORT_UP_TO, MEDIUM_UP_TO = 5, 20  # words between spaces
SLICED_FLAGS = ("negation", "contrast", "sarcasm", "implicit")
SLICES = (
    *(f"language {language}" for language in Language),
    *(f"length {length}" for length in ("short", "medium", "long")),
    *SLICED_FLAGS,
)


class Case(NamedTuple):
    """One comment, labelled by both."""

    gold: Labelled
    verdict: Verdict


Cases = Sequence[Case]


def judge(comments: Sequence[Labelled], engine: Engine) -> list[Case]:
    """Let the engine label the comments, of which it sees the text only, as it would be stored."""
    verdicts = engine.label([Item(str(place), normalise(comment.text)) for place, comment in enumerate(comments)])
    return [Case(comment, verdicts[str(place)]) for place, comment in enumerate(comments)]


def sentiments(cases: Cases) -> list[Pair]:
    """Sentiment of the whole comment."""
    return [(gold.sentiment, verdict.sentiment) for gold, verdict in cases]


def languages(cases: Cases) -> list[Pair]:
    """Language of the comment."""
    return [(gold.language, verdict.language) for gold, verdict in cases]


def urgencies(cases: Cases) -> list[Pair]:
    """Urgency of the comment."""
    return [(gold.urgency, verdict.urgency) for gold, verdict in cases]


def churn_risks(cases: Cases) -> list[Pair]:
    """Risk that the customer leaves."""
    return [(gold.churn_risk, verdict.churn_risk) for gold, verdict in cases]


def themes(cases: Cases) -> list[CodePair]:
    """Themes spoken of, whatever their polarity."""
    return [(gold.themes.keys(), {theme.code for theme in verdict.themes}) for gold, verdict in cases]


def theme_polarities(cases: Cases) -> list[Pair]:
    """Sentiments towards the themes that both name."""
    return [
        (gold.themes[theme.code], theme.sentiment)
        for gold, verdict in cases
        for theme in verdict.themes
        if theme.code in gold.themes
    ]


def emotions(cases: Cases) -> list[CodePair]:
    """Emotions named, whatever their intensity."""
    return [(gold.emotions, {emotion.code for emotion in verdict.emotions}) for gold, verdict in cases]


def competitors(cases: Cases) -> list[CodePair]:
    """Other companies named."""
    return [(gold.competitors, verdict.competitors) for gold, verdict in cases]


def confidences(cases: Cases) -> list[tuple[float, bool]]:
    """How sure the engine is of the sentiment, and whether it is right."""
    return [(verdict.confidence, gold.sentiment == verdict.sentiment) for gold, verdict in cases]


def length_of(text: str) -> str:
    """`short`, `medium` or `long`, by the number of words."""
    words = len(text.split())
    if words <= SHORT_UP_TO:
        return "short"
    return "medium" if words <= MEDIUM_UP_TO else "long"


def slice_names(gold: Labelled) -> list[str]:
    """Slices a comment falls into."""
    flags = [flag for flag in SLICED_FLAGS if flag in gold.flags]
    return [f"language {gold.language}", f"length {length_of(gold.text)}", *flags]


def slices(cases: Cases) -> dict[str, list[Case]]:
    """Cases by language, length and flag, such as {"language jopara": [...]}; empty slices are left out."""
    parts: dict[str, list[Case]] = {name: [] for name in SLICES}
    for case in cases:
        for name in slice_names(case.gold):
            parts[name].append(case)
    return {name: part for name, part in parts.items() if part}
