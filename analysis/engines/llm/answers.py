"""What came back becomes verdicts, by id: what is missing, repeated, invented or malformed is named, never guessed.

A model that ignores the schema, or obeys a comment, can at worst make one comment's answer unusable.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from analysis.engines.base import (
    EmotionLabel,
    Evidence,
    ThemeLabel,
    Verdict,
)
from analysis.engines.checking import (
    CHURN_RISKS,
    LANGUAGES,
    SENTIMENTS,
    URGENCIES,
    Malformed,
    code_of,
    emotions_of,
    number_of,
)
from analysis.engines.llm.prompt import MOST_EMOTIONS
from analysis.engines.provider import Answers, answered_once

_MOST_THEMES = 4


def read_answers(content: str, asked: Mapping[str, str], themes: Collection[str]) -> Answers:
    """Return the results of an answer to the texts `asked`; raise Malformed when it has no list of results.

    A quote becomes its place in the text.
    """
    try:
        listed = json.loads(content)["results"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Malformed(f"no list of results: {type(error).__name__}") from error
    if not isinstance(listed, list):
        raise Malformed("results is no list")
    found, retry, invented = answered_once(listed, asked)
    results: dict[str, dict[str, Any]] = {}
    for name, one in found.items():
        try:
            results[name] = _checked(one, themes, asked[name])
        except Malformed:
            retry[name] = "malformed"
    return Answers(results, retry, invented)


def read_verdict(local: Verdict, result: Mapping[str, Any], *, same_text: bool) -> Verdict:
    """Return the verdict of a checked result; `local` is the embedded engine's, which knows what needs no model.

    That is: the share of Guarani, competitors, pain points, and the words behind labels that both give. The place of
    the quote is used only for the very text that it was found in.
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
        evidence=(_quoted(result) if same_text else ()) + kept,
        reasons=local.reasons if same_risks else (),
    )


def _quoted(result: Mapping[str, Any]) -> tuple[Evidence, ...]:
    place = result["place"]
    return (Evidence(f"sentiment:{result['sentiment']}", *place),) if place else ()


def _place(quote: Any, text: str) -> list[int]:
    """Where the quote is in the text; nowhere is []."""
    words = str(quote).strip()
    start = text.find(words) if words else -1
    return [start, start + len(words)] if start >= 0 else []


def _checked(one: Mapping[str, Any], themes: Collection[str], text: str) -> dict[str, Any]:
    """One result with all codes known and all numbers in their range; raise Malformed for anything else."""
    try:
        return {
            "sentiment": code_of(one["sentiment"], SENTIMENTS),
            "score": number_of(one["score"], -1.0),
            "confidence": number_of(one["confidence"], 0.0),
            "language": code_of(one["language"], LANGUAGES),
            "themes": _themes(one["themes"], themes),
            "emotions": emotions_of(one["emotions"][:MOST_EMOTIONS]),
            "urgency": code_of(one["urgency"], URGENCIES),
            "churn_risk": code_of(one["churn_risk"], CHURN_RISKS),
            "place": _place(one["quote"], text),
        }
    except (KeyError, TypeError) as error:
        raise Malformed(type(error).__name__) from error


def _themes(listed: Any, known: Collection[str]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for one in listed[:_MOST_THEMES]:
        code = code_of(one["code"], known)
        sure = number_of(one["confidence"], 0.0)
        found.setdefault(code, {"code": code, "sentiment": code_of(one["sentiment"], SENTIMENTS), "confidence": sure})
    if not found:
        raise Malformed("no theme")
    return list(found.values())
