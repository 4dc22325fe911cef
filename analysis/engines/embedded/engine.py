"""The embedded engine: each text is read once, then asked for its tone, themes, feelings and risks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analysis.engines.base import EngineError, Evidence, Item, Language, Sentiment, ThemeLabel, Verdict
from analysis.engines.embedded import emotions, kinds, risks, tables, themes
from analysis.engines.embedded.judgement import Judgement, confidence, judge, plainest
from analysis.engines.embedded.language import LanguageModel, identify
from analysis.engines.embedded.lexicon import Lexicon
from analysis.engines.embedded.patterns import Rule, RuleIndex, RuleMaker
from analysis.engines.embedded.phrases import PhraseMatch
from analysis.engines.embedded.reading import Reading
from analysis.engines.embedded.taxonomy import Taxonomy
from analysis.engines.embedded.tone import Hit, ToneReader
from analysis.engines.embedded.words import Vocabulary, read_modifiers

RULES_VERSION = "1"
_MOST_EVIDENCE = 60
_UNINFORMATIVE_CONFIDENCE, _REPLY_CONFIDENCE = 0.95, 0.9

Cues = Iterable[tuple[str, int, int]]


class EmbeddedEngine:
    """Lexicon and rules over words; deterministic, offline, safe to use from several threads."""

    name = "embedded"

    def __init__(self, *, taxonomy: Taxonomy | None = None) -> None:
        """Read the tables; raise TableError for a phrase of the taxonomy (the built-in one) that cannot be read."""
        taxonomy = taxonomy or Taxonomy.built_in()
        modifiers = read_modifiers()
        maker = RuleMaker(frozenset(word for word, modifier in modifiers.items() if modifier.negates))
        self._phrases, self._pains = taxonomy.rules(maker), taxonomy.pains
        self.version = f"{RULES_VERSION}-{tables.fingerprint()}{version_mark(taxonomy)}"
        rules = [*_read_rules(maker), *self._phrases]
        self._vocabulary = Vocabulary(Lexicon(), RuleIndex(rules), modifiers, LanguageModel())

    def label(self, items: Sequence[Item]) -> dict[str, Verdict]:
        """Return a verdict for each item, keyed by its id; raise a permanent EngineError for what is no text."""
        verdicts = {}
        for item in items:
            if not isinstance(item.text, str):
                raise EngineError(f"item {item.id!r} has no text", permanent=True)
            verdicts[item.id] = self._verdict(item.text)
        return verdicts

    def phrases_in(self, text: str) -> tuple[PhraseMatch, ...]:
        """Return the phrases of the taxonomy that count in `text`, in its order."""
        reading = Reading(text, self._vocabulary)
        matches = sorted((*reading.apart("theme"), *reading.apart("request")), key=lambda match: match.start)
        return tuple(PhraseMatch(self._phrases[m.rule], *reading.span(m.start, m.end)) for m in matches)

    def _verdict(self, text: str) -> Verdict:
        reading = Reading(text, self._vocabulary)
        tongues = [word.tongue for word in reading.words if word.tongue is not None]
        language, share = identify(tongues, text)
        hits = ToneReader(reading, language is Language.PT).hits()
        hits = plainest(hits + risks.risk_hits(reading, hits))
        names, mentions = kinds.competitors(reading)
        is_reply = kinds.is_company_reply(reading)
        if is_reply or kinds.is_uninformative(reading, bool(hits)):
            return _silent(is_reply, language, share, names)
        whole = judge(hits, has_contrast=reading.clauses[-1:] > [0])
        topics = themes.find_themes(reading, hits, whole, self._pains)
        feelings, cues = emotions.find_emotions(reading, hits, whole.sentiment)
        risk = risks.find_risks(reading, whole.sentiment)
        return Verdict(
            sentiment=whole.sentiment.value,
            score=whole.score,
            confidence=confidence(whole, len(reading.words), bool(topics.evidence)),
            language=language.value,
            guarani_share=share,
            emotions=feelings,
            themes=_with_competitors(topics.labels, bool(names), whole),
            urgency=risk.urgency.value,
            churn_risk=risk.churn.value,
            evidence=_evidence(
                reading,
                _prefixed("sentiment", _tone_cues(hits)),
                _prefixed("theme", topics.evidence),
                _prefixed("emotion", cues),
                risk.evidence,
                _prefixed("competitor", mentions),
            ),
            competitors=names,
            pain_points=topics.pain_points,
            reasons=risk.reasons,
            is_uninformative=False,
            is_company_reply=False,
        )


def version_mark(taxonomy: Taxonomy) -> str:
    """Return what a version of the engine ends with, so that the taxonomy behind it can be found; "" built-in."""
    return "" if taxonomy.is_built_in else f"-t{taxonomy.digest}"


def _read_rules(maker: RuleMaker) -> list[Rule]:
    """Return the rules of all pattern tables but those of themes."""
    rules = [
        maker.make("idiom", pattern, kind, tables.weight(cell, "idioms.tsv"), emotion)
        for pattern, cell, kind, emotion in tables.rows("idioms.tsv", 4)
    ]
    rules += [
        maker.make("emotion", pattern, code, tables.weight(cell, "emotions.tsv"))
        for pattern, code, cell in tables.rows("emotions.tsv", 3)
    ]
    rules += [
        maker.make(label.split(".")[0], pattern, label, tables.weight(cell, "risks.tsv"))
        for pattern, label, cell in tables.rows("risks.tsv", 3)
    ]
    rules += [maker.make("mention", pattern, label, 1.0) for pattern, label in tables.rows("mentions.tsv", 2)]
    rules += [
        maker.make("reply", pattern, "reply", tables.weight(cell, "replies.tsv"))
        for pattern, cell in tables.rows("replies.tsv", 2)
    ]
    return rules + [maker.make("trivial", pattern, "trivial", 1.0) for (pattern,) in tables.rows("trivial.tsv", 1)]


def _silent(is_reply: bool, language: Language, share: float, names: tuple[str, ...]) -> Verdict:
    """Return the verdict on a text that says nothing of a customer's experience."""
    return Verdict(
        sentiment=Sentiment.NEUTRAL.value,
        score=0.0,
        confidence=_REPLY_CONFIDENCE if is_reply else _UNINFORMATIVE_CONFIDENCE,
        language=language.value,
        guarani_share=share,
        emotions=(),
        themes=(),
        urgency="p3",
        churn_risk="none",
        evidence=(),
        competitors=names,
        pain_points=(),
        reasons=(),
        is_uninformative=not is_reply,
        is_company_reply=is_reply,
    )


def _with_competitors(labels: tuple[ThemeLabel, ...], is_named: bool, whole: Judgement) -> tuple[ThemeLabel, ...]:
    """Add the theme of competitors where one is named."""
    if not is_named or any(label.code == "competitors" for label in labels):
        return labels
    kept = tuple(label for label in labels if label.code != themes.OTHER)
    return (*kept, ThemeLabel("competitors", whole.sentiment.value, 0.8))


def _tone_cues(hits: Sequence[Hit]) -> Cues:
    for hit in hits:
        if hit.weight:
            yield ("positive" if hit.weight > 0 else "negative"), hit.start, hit.end


def _prefixed(prefix: str, cues: Cues) -> Cues:
    return ((f"{prefix}:{label}", start, end) for label, start, end in cues)


def _evidence(reading: Reading, *groups: Cues) -> tuple[Evidence, ...]:
    """Turn word positions into offsets of the text, each once, in the order of the text."""
    spans = {(label, *reading.span(start, end)) for group in groups for label, start, end in group}
    ordered = sorted(spans, key=lambda span: (span[1], span[2], span[0]))
    return tuple(Evidence(label, start, end) for label, start, end in ordered[:_MOST_EVIDENCE])
