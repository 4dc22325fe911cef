"""Findings of the rules and scores of the model become verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from analysis.engines.base import ChurnRisk, Language, Sentiment, ThemeLabel, Urgency, Verdict
from analysis.engines.embedded.answers import Chosen, Exclusive, ExclusiveHead, Heard, SentimentHead, SeveralHead
from analysis.engines.embedded.emotions import find_emotions
from analysis.engines.embedded.evidence import Explanation
from analysis.engines.embedded.findings import Findings
from analysis.engines.embedded.model import Given, Model, Scores
from analysis.engines.embedded.polarity import PolarityReader, local_scores, spoken, views
from analysis.engines.embedded.risks import reasons
from analysis.engines.embedded.taxonomy import Taxonomy
from analysis.engines.embedded.themes import GENERAL, OTHER, pain_points

_POSITIVE, _NEGATIVE = 0, 2  # places in the enumeration of sentiments
_DIGITS = 4
_NEVER = -1e4
_RULE_CONFIDENCE = 0.95
_COMPLAINED = frozenset({Sentiment.NEGATIVE.value, Sentiment.MIXED.value})
_URGENCIES = tuple(code.value for code in Urgency)
_CHURN_RISKS = tuple(code.value for code in ChurnRisk)
_SENTIMENTS = tuple(code.value for code in Sentiment)


class Answers(NamedTuple):
    """What the model says of a batch, text by text."""

    sentiment: Exclusive
    urgency: Exclusive
    churn: Exclusive
    language: list[list[Chosen]]
    themes: list[list[Chosen]]
    emotions: list[list[Chosen]]
    kinds: list[list[Chosen]]


class Judge:
    """Holds a model; safe to use from several threads."""

    def __init__(self, model: Model, taxonomy: Taxonomy) -> None:
        manifest = model.manifest
        self._pain_names = taxonomy.pains
        self._model = model
        self._sentiment = SentimentHead(manifest)
        self._urgency, self._churn = (ExclusiveHead(name, manifest) for name in ("urgency", "churn"))
        self._language, self._theme, self._emotion, self._kind = (
            SeveralHead(name, manifest) for name in ("language", "theme", "emotion", "kind")
        )
        self._polarity = PolarityReader(manifest)
        spoken_of = {phrase.label.split(".", 1)[0] for phrase in taxonomy.phrases} | {OTHER}
        self._silenced = [column for code, column in self._theme.column_of.items() if code not in spoken_of]

    def judge(self, findings: Sequence[Findings]) -> list[Verdict]:
        """Return a verdict for each text."""
        if not findings:
            return []
        scores, given = self._model.scores([finding.clues() for finding in findings])
        answers = Answers(
            self._sentiment.weigh(
                scores,
                [Heard(one.whole.sentiment.value, one.is_brief, one.names_service) for one in findings],
            ),
            self._urgency.decide(scores),
            self._churn.decide(scores),
            self._language.decide(scores),
            self._themes(findings, scores),
            self._emotion.decide(scores),
            self._kind.decide(scores),
        )
        polarities = self._polarities(findings, answers.themes, scores, given)
        return [
            self._verdict(number, finding, answers, polarities[number], given)
            for number, finding in enumerate(findings)
        ]

    def _themes(self, findings: Sequence[Findings], scores: Scores) -> list[list[Chosen]]:
        """Return the themes of each text, at least one: the model's, and those that people's own phrases decide.

        A theme that people left without any phrase is not spoken of. Where their phrases name a theme that the model
        does not know, its "in general" and "other" only say that it heard none.
        """
        if self._silenced:
            scores = scores.copy()
            scores[:, self._silenced] = _NEVER
        chosen = self._theme.decide(scores)
        nearest = self._theme.nearest(scores)
        for number, finding in enumerate(findings):
            decided = {code: found.confidence for code, found in finding.themes.items() if found.is_decided}
            own = [Chosen(code, sure) for code, sure in decided.items()]
            heard = [one for one in chosen[number] if one.code not in decided]
            if decided.keys() - self._theme.column_of.keys():
                heard = [one for one in heard if one.code not in (GENERAL, OTHER)]
            chosen[number] = heard + own or [nearest[number]]
        return chosen

    def _polarities(
        self,
        findings: Sequence[Findings],
        themes: Sequence[Sequence[Chosen]],
        scores: Scores,
        given: Given,
    ) -> list[list[str]]:
        """Return the sentiment towards each theme of each text."""
        said = [
            spoken(number, theme.code, findings[number]) for number, chosen in enumerate(themes) for theme in chosen
        ]
        whole = scores[[one.text for one in said]][:, self._sentiment.columns]
        decided = iter(self._polarity.decide(views(said, whole, local_scores(said, findings, given, self._model.bias))))
        return [[next(decided) for _ in chosen] for chosen in themes]

    def _verdict(
        self,
        number: int,
        finding: Findings,
        answers: Answers,
        polarities: Sequence[str],
        given: Given,
    ) -> Verdict:
        kinds = {one.code: one.probability for one in answers.kinds[number]}
        if any(hit.weight for hit in finding.hits):
            kinds.pop("uninformative", None)
        language = _language(finding, answers.language[number])
        if kinds or finding.is_reply or finding.is_uninformative:
            return _silent(finding, language, kinds)
        place = answers.sentiment.places[number]
        odds = answers.sentiment.probabilities[number]
        sentiment = _SENTIMENTS[place]
        urgency = "p3" if place == _POSITIVE else _URGENCIES[answers.urgency.places[number]]
        churn = _CHURN_RISKS[answers.churn.places[number]]
        themes = answers.themes[number]
        labels = tuple(
            ThemeLabel(one.code, polarity, one.probability) for one, polarity in zip(themes, polarities, strict=True)
        )
        feelings, cues = find_emotions(finding.reading, finding.hits, answers.emotions[number])
        explanation = Explanation(finding, given, number)
        explanation.tone(sentiment, self._sentiment.column_of[sentiment])
        for one in themes:
            explanation.theme(one.code, self._theme.column_of.get(one.code))
        explanation.emotions(cues, {label.code: self._emotion.column_of[label.code] for label in feelings})
        why: tuple[str, ...] = ()
        if urgency != "p3":
            why += reasons("urgency", finding.risks.urgent)
            explanation.risk(f"urgency:{urgency}", finding.risks.urgent, self._urgency.column_of[urgency])
        if churn != "none":
            why += reasons("churn", finding.risks.leaving)
            explanation.risk(f"churn:{churn}", finding.risks.leaving, self._churn.column_of[churn])
        explanation.competitors()
        complained = [
            finding.themes[label.code]
            for label in labels
            if label.sentiment in _COMPLAINED and label.code in finding.themes
        ]
        return Verdict(
            sentiment=sentiment,
            score=round(float(odds[_POSITIVE] - odds[_NEGATIVE]), _DIGITS),
            confidence=round(float(odds[place]), _DIGITS),
            language=language,
            guarani_share=finding.guarani_share,
            emotions=feelings,
            themes=labels,
            urgency=urgency,
            churn_risk=churn,
            evidence=explanation.spans(),
            competitors=finding.competitors,
            pain_points=pain_points(complained, self._pain_names),
            reasons=why,
            is_uninformative=False,
            is_company_reply=False,
        )


def _language(finding: Findings, foreign: Sequence[Chosen]) -> str:
    """Between Spanish and Guarani the words decide; the model knows what is neither."""
    if finding.language in (Language.PT, Language.OTHER) or not foreign:
        return finding.language.value
    return foreign[0].code


def _silent(finding: Findings, language: str, kinds: dict[str, float]) -> Verdict:
    """Return the verdict on a text that says nothing of a customer's experience."""
    is_reply = finding.is_reply or kinds.get("company_reply", 0.0) > kinds.get("uninformative", 0.0)
    by_rule = finding.is_reply or finding.is_uninformative
    return Verdict(
        sentiment=Sentiment.NEUTRAL.value,
        score=0.0,
        confidence=_RULE_CONFIDENCE if by_rule else max(kinds.values()),
        language=language,
        guarani_share=finding.guarani_share,
        emotions=(),
        themes=(),
        urgency="p3",
        churn_risk="none",
        evidence=(),
        competitors=finding.competitors,
        pain_points=(),
        reasons=(),
        is_uninformative=not is_reply,
        is_company_reply=is_reply,
    )
