"""What came back becomes verdicts, by id: what is missing, repeated, invented or malformed is named, never guessed.

A model that ignores the schema, or obeys a comment, can at worst make one comment's answer unusable.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from analysis.engines.base import (
    EMOTIONS,
    ChurnRisk,
    EmotionLabel,
    Evidence,
    Language,
    Sentiment,
    ThemeLabel,
    Urgency,
    Verdict,
)
from analysis.engines.llm.prompt import MOST_EMOTIONS

_DIGITS = 4
_MOST_THEMES = 4
_SENTIMENTS, _LANGUAGES = frozenset(Sentiment), frozenset(Language)
_URGENCIES, _CHURN_RISKS = frozenset(Urgency), frozenset(ChurnRisk)


class Malformed(ValueError):
    """An answer, or one result of it, that is not of the form that was asked for."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Usable results by id; `retry` are the ids that have none and why: missing, repeated or malformed.

    `invented` is the number of results for ids that nobody asked about.
    """

    results: dict[str, dict[str, Any]]
    retry: dict[str, str]
    invented: int


def read_answers(content: str, asked: Collection[str], themes: Collection[str]) -> Answers:
    """Return the results of an answer; raise Malformed when it is no JSON object with a list of results.

    An id that comes twice is not used at all: nobody knows which of the two is right.
    """
    try:
        listed = json.loads(content)["results"]
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed(f"no list of results: {type(error).__name__}") from error
    if not isinstance(listed, list):
        raise Malformed("results is no list")
    ids = [_id_of(one) for one in listed]
    times = Counter(ids)
    results: dict[str, dict[str, Any]] = {}
    retry = dict.fromkeys(asked, "missing")
    for name, one in zip(ids, listed, strict=True):
        if name is None or name not in retry:
            continue
        if times[name] > 1:
            retry[name] = "repeated"
            continue
        try:
            results[name] = _checked(one, themes)
            del retry[name]
        except Malformed:
            retry[name] = "malformed"
    invented = sum(count for name, count in times.items() if name not in asked)
    return Answers(results, retry, invented)


def _id_of(one: Any) -> str | None:
    name = one.get("id") if isinstance(one, dict) else None
    return name if isinstance(name, str) else None


def merge(local: Verdict, result: Mapping[str, Any], text: str) -> Verdict:
    """Return the verdict of a checked result; `local` is the embedded engine's, which knows what needs no model.

    That is: the share of Guarani, competitors, pain points, and the words behind labels that both give.
    """
    themes = tuple(ThemeLabel(**theme) for theme in result["themes"])
    emotions = tuple(EmotionLabel(**emotion) for emotion in result["emotions"])
    risks = (result["urgency"], result["churn_risk"])
    said = {f"theme:{theme.code}" for theme in themes} | {f"emotion:{emotion.code}" for emotion in emotions}
    said |= {f"urgency:{risks[0]}", f"churn:{risks[1]}", f"sentiment:{result['sentiment']}"}
    kept = tuple(one for one in local.evidence if one.label in said or one.label.startswith("competitor"))
    same_risks = risks == (local.urgency, local.churn_risk)
    return replace(
        local,
        sentiment=result["sentiment"],
        score=result["score"],
        confidence=result["confidence"],
        language=result["language"],
        themes=themes,
        emotions=emotions,
        urgency=risks[0],
        churn_risk=risks[1],
        evidence=_quoted(text, result) + kept,
        reasons=local.reasons if same_risks else (),
    )


def _quoted(text: str, result: Mapping[str, Any]) -> tuple[Evidence, ...]:
    """The quote as a place in the text; a quote that is not there is none."""
    quote = result["quote"].strip()
    start = text.find(quote) if quote else -1
    return (Evidence(f"sentiment:{result['sentiment']}", start, start + len(quote)),) if start >= 0 else ()


def _checked(one: Mapping[str, Any], themes: Collection[str]) -> dict[str, Any]:
    """One result with all codes known and all numbers in their range; raise Malformed for anything else."""
    try:
        return {
            "sentiment": _code(one["sentiment"], _SENTIMENTS),
            "score": _number(one["score"], -1.0),
            "confidence": _number(one["confidence"], 0.0),
            "language": _code(one["language"], _LANGUAGES),
            "themes": _themes(one["themes"], themes),
            "emotions": _emotions(one["emotions"]),
            "urgency": _code(one["urgency"], _URGENCIES),
            "churn_risk": _code(one["churn_risk"], _CHURN_RISKS),
            "quote": str(one["quote"]),
        }
    except (KeyError, TypeError) as error:
        raise Malformed(type(error).__name__) from error


def _themes(listed: Any, known: Collection[str]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for one in listed[:_MOST_THEMES]:
        code = _code(one["code"], known)
        sure = _number(one["confidence"], 0.0)
        found.setdefault(code, {"code": code, "sentiment": _code(one["sentiment"], _SENTIMENTS), "confidence": sure})
    if not found:
        raise Malformed("no theme")
    return list(found.values())


def _emotions(listed: Any) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for one in listed[:MOST_EMOTIONS]:
        code = _code(one["code"], EMOTIONS)
        found.setdefault(code, {"code": code, "intensity": _number(one["intensity"], 0.0)})
    return list(found.values())


def _code(value: Any, known: Collection[str]) -> str:
    if not isinstance(value, str) or value not in known:
        raise Malformed("unknown code")
    return str(value)


def _number(value: Any, least: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Malformed("no number")
    return round(min(1.0, max(least, float(value))), _DIGITS)
