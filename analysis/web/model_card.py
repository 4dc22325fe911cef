"""What was measured of an engine, made ready for a page: figures, confusion, calibration, slices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analysis.engines.evaluation.cases import SLICES
from analysis.engines.evaluation.figures import FIGURES, Figure
from analysis.engines.evaluation.paired import GATE
from analysis.insights import labels

_FIGURES = {
    "sentiment macro-F1": gettext_lazy("Sentiment, macro-F1"),
    "sentiment accuracy": gettext_lazy("Sentiment, share right"),
    "sentiment polarity accuracy": gettext_lazy("Praise or complaint, share right"),
    "jopara: sentiment macro-F1": gettext_lazy("Sentiment in Jopara, macro-F1"),
    "sarcasm: sentiment macro-F1": gettext_lazy("Sentiment of sarcasm, macro-F1"),
    "sarcasm: sentiment accuracy": gettext_lazy("Sentiment of sarcasm, share right"),
    "negation: sentiment macro-F1": gettext_lazy("Sentiment with negation, macro-F1"),
    "emotions macro-F1": gettext_lazy("Emotions, macro-F1"),
    "themes micro-F1": gettext_lazy("Themes, micro-F1"),
    "theme polarity accuracy": gettext_lazy("Sentiment towards a theme, share right"),
    "urgency macro-F1": gettext_lazy("Urgency, macro-F1"),
    "churn risk macro-F1": gettext_lazy("Churn risk, macro-F1"),
    "p0 recall": gettext_lazy("Emergencies found (p0 recall)"),
    "competitors micro-F1": gettext_lazy("Competitors, micro-F1"),
    "language es accuracy": gettext_lazy("Spanish recognised"),
    "language gn accuracy": gettext_lazy("Guarani recognised"),
    "language jopara accuracy": gettext_lazy("Jopara recognised"),
    "language pt accuracy": gettext_lazy("Portuguese recognised"),
    "language other accuracy": gettext_lazy("Other languages recognised"),
    "calibration error": gettext_lazy("Calibration error (less is better)"),
}
_STANDINGS = {
    "below the least": gettext_lazy("below the least"),
    "below the goal": gettext_lazy("below the goal"),
    "goal reached": gettext_lazy("goal reached"),
}
_SLICES = {
    "length short": gettext_lazy("Up to 5 words"),
    "length medium": gettext_lazy("6 to 20 words"),
    "length long": gettext_lazy("More than 20 words"),
    "negation": gettext_lazy("With a negation"),
    "contrast": gettext_lazy("With a contrast"),
    "sarcasm": gettext_lazy("Sarcasm"),
    "implicit": gettext_lazy("Judged by facts alone"),
}
_SIDE = 100


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure with its interval and what is asked of it; ``moved`` against another version where that is known."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    least: float | None
    goal: float | None
    standing: str
    tone: str
    is_gate: bool
    before: float | None = None
    moved: Mapping[str, float] | None = None
    fell: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """An evaluation, in the order in which it is read."""

    version: str
    comments: int
    figures: list[FigureRow]
    confusion: list[tuple[str, list[tuple[int, str, int]]]]
    said: list[str]
    calibration: list[dict[str, Any]]
    slices: list[tuple[str, Mapping[str, Any]]]


@cache
def built_in_evaluation() -> dict[str, Any]:
    """What was measured of the engine as it comes; empty when the file is not there."""
    try:
        return dict(orjson.loads((settings.BASE_DIR / "docs" / "model_card.json").read_bytes()))
    except (OSError, ValueError):
        return {}


def card(measured: Mapping[str, Any], against: Mapping[str, Any] | None = None) -> Card | None:
    """The card of an evaluation as JSON; ``against`` is a model's whole evaluation, with what moved."""
    if not measured:
        return None
    return Card(
        version=str(measured["version"]),
        comments=int(measured["comments"]),
        figures=[_figure(figure, measured, against) for figure in FIGURES if figure.name in measured["figures"]],
        confusion=_confusion(measured["confusion"]),
        said=[str(name) for name in labels.SENTIMENTS.values()],
        calibration=_calibration(measured["calibration"]),
        slices=[(_slice_name(name), measured["slices"][name]) for name in SLICES if name in measured["slices"]],
    )


def _figure(figure: Figure, measured: Mapping[str, Any], against: Mapping[str, Any] | None) -> FigureRow:
    found = measured["figures"][figure.name]
    standing = figure.standing(found["value"]) if found["value"] is not None else ""
    other = against or {}
    return FigureRow(
        name=str(_FIGURES.get(figure.name, figure.name)),
        value=found["value"],
        low=found["low"],
        high=found["high"],
        least=figure.least,
        goal=figure.goal,
        standing=str(_STANDINGS.get(standing, "")),
        tone={"below the least": "bad", "below the goal": "warn", "goal reached": "good"}.get(standing, ""),
        is_gate=figure.name in GATE,
        before=other.get("before", {}).get("figures", {}).get(figure.name, {}).get("value"),
        moved=other.get("differences", {}).get(figure.name),
        fell=figure.name in other.get("fallen", ()),
    )


def _confusion(counts: list[Mapping[str, Any]]) -> list[tuple[str, list[tuple[int, str, int]]]]:
    """A row for each class of the reader's: (comments, tone, heat 0 to 5) for each class of the engine's."""
    found = {(one["reader"], one["engine"]): int(one["comments"]) for one in counts}
    rows = []
    for reader, name in labels.SENTIMENTS.items():
        cells = [(found.get((reader, said), 0), said) for said in labels.SENTIMENTS]
        total = sum(count for count, _said in cells) or 1
        rows.append((str(name), [(count, said, min(5, -(-5 * count // total))) for count, said in cells]))
    return rows


def _calibration(bins: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each bin with its place in a square of 100: to the right how sure, upwards how often right."""
    most = max((one["decisions"] for one in bins), default=1) or 1
    rows = []
    for place, one in enumerate(bins):
        row = {"span": f"{place * 10}–{(place + 1) * 10}\u00a0%", **one}
        if one["decisions"]:
            radius = 1.2 + 3 * (one["decisions"] / most) ** 0.5
            row |= {
                "x": f"{_SIDE * one['confidence']:.1f}", "y": f"{_SIDE * (1 - one['accuracy']):.1f}",
                "r": f"{radius:.1f}",
            }  # fmt: skip
        rows.append(row)
    return rows


def _slice_name(name: str) -> str:
    if name.startswith("language "):
        return _("Language: %(name)s") % {"name": labels.name_of("language", name.removeprefix("language "))}
    return str(_SLICES.get(name, name))
