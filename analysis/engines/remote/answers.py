"""What another instance said of a text becomes a verdict, by id, or is named as unusable."""

from __future__ import annotations

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
from analysis.engines.provider import Answers, answered_once

_OTHER = "other"
_MOST_WORDS, _MOST_LABELS, _MOST_EMOTIONS = 80, 20, 3


def read_answers(body: Mapping[str, Any], asked: Mapping[str, str], themes: Collection[str]) -> Answers:
    """Return the results of an answer to the texts `asked`; raise Malformed when it has no list of results."""
    listed = body.get("results")
    if not isinstance(listed, list):
        raise Malformed("results is no list")
    found, retry, invented = answered_once(listed, asked)
    results: dict[str, dict[str, Any]] = {}
    for name, one in found.items():
        try:
            results[name] = _checked(one, themes, asked[name])
        except (Malformed, KeyError, TypeError, AttributeError):
            retry[name] = "malformed"
    return Answers(results, retry, invented)


def read_verdict(local: Verdict, result: Mapping[str, Any], *, same_text: bool) -> Verdict:
    """Return the verdict of a checked result; places hold only for the very text that was asked about."""
    return replace(
        local,
        sentiment=result["sentiment"],
        score=result["score"],
        confidence=result["confidence"],
        language=result["language"],
        guarani_share=result["guarani_share"],
        emotions=tuple(EmotionLabel(**one) for one in result["emotions"]),
        themes=tuple(ThemeLabel(**one) for one in result["themes"]),
        urgency=result["urgency"],
        churn_risk=result["churn_risk"],
        evidence=tuple(Evidence(**one) for one in result["evidence"]) if same_text else (),
        competitors=tuple(result["competitors"]),
        pain_points=tuple(result["pain_points"]),
        reasons=tuple(result["reasons"]),
    )


def _checked(one: Mapping[str, Any], themes: Collection[str], text: str) -> dict[str, Any]:
    """One result with all codes known, all numbers in their range, all places within the text; raise for others."""
    labels = [_theme(theme, themes) for theme in one["themes"][:_MOST_LABELS]]
    return {
        "sentiment": code_of(one["text_sentiment"], SENTIMENTS),
        "score": number_of(one["text_score"], -1.0),
        "confidence": number_of(one["confidence"], 0.0),
        "language": code_of(one["language"], LANGUAGES),
        "guarani_share": number_of(one["guarani_share"], 0.0),
        "themes": list({label["code"]: label for label in reversed(labels)}.values())[::-1],
        "emotions": emotions_of(one["emotions"][:_MOST_LABELS])[:_MOST_EMOTIONS],
        "urgency": code_of(one["urgency"], URGENCIES),
        "churn_risk": code_of(one["churn_risk"], CHURN_RISKS),
        # The places are in the text as the other instance masked it; ours was masked before it was sent.
        "evidence": [_evidence(said, len(text)) for said in one["evidence"]] if one["text"] == text else [],
        "competitors": _words(one["competitors"]),
        "pain_points": _words(one["pain_points"]),
        "reasons": _words(one["reasons"]),
    }


def _theme(theme: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """A theme that only the other instance has is `other` here."""
    code = theme["code"] if theme["code"] in known else _OTHER
    return {
        "code": code,
        "sentiment": code_of(theme["sentiment"], SENTIMENTS),
        "confidence": number_of(theme["confidence"], 0.0),
    }


def _evidence(said: Mapping[str, Any], length: int) -> dict[str, Any]:
    start, end = said["start"], said["end"]
    if type(start) is not int or type(end) is not int or not 0 <= start <= end <= length:
        raise Malformed("a place outside the text")
    return {"label": _word(said["label"]), "start": start, "end": end}


def _words(listed: Any) -> list[str]:
    """Codes such as those of competitors, which every instance may name as it likes."""
    if not isinstance(listed, list):
        raise Malformed("no list")
    return [_word(one) for one in listed[:_MOST_LABELS]]


def _word(said: Any) -> str:
    """Something that a database can hold."""
    if not isinstance(said, str) or not said.isprintable():
        raise Malformed("no word")
    return said[:_MOST_WORDS]
