"""What the rules alone find in a text: the ground on which the model decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from analysis.engines.base import Language
from analysis.engines.embedded import kinds, risks, tables
from analysis.engines.embedded.features import code_of
from analysis.engines.embedded.judgement import Judgement, judge, plainest
from analysis.engines.embedded.language import LanguageModel, identify
from analysis.engines.embedded.lexicon import Lexicon
from analysis.engines.embedded.model import Clues
from analysis.engines.embedded.patterns import Rule, RuleIndex, RuleMaker
from analysis.engines.embedded.phrases import PhraseMatch
from analysis.engines.embedded.reading import Reading
from analysis.engines.embedded.signals import signals
from analysis.engines.embedded.taxonomy import Taxonomy, rule_maker
from analysis.engines.embedded.themes import GENERAL, Evidence, find_evidence
from analysis.engines.embedded.tone import Hit, ToneReader
from analysis.engines.embedded.words import Vocabulary, read_modifiers

Place = tuple[str, int, int]

_BRIEF = 2
_OF_THE_DOMAIN = frozenset(
    code_of(concept)
    for concept in (
        "service", "wifi", "tv", "mega", "device", "line", "light", "outage_word", "outage_verb", "outage_gn", "slow",
        "bill", "money", "money_high", "money_low", "contract", "cancel", "company", "competitor", "care", "staff",
        "attend", "complain", "fix", "install", "improve", "coverage",
    )
)  # fmt: skip


class Findings(NamedTuple):
    """A text as the rules read it; `mentions` are (provider, start, end) in words, `themes` what speaks for which;
    `names_service`: any of it belongs to a provider's service.
    """

    reading: Reading
    hits: list[Hit]
    whole: Judgement
    language: Language
    guarani_share: float
    competitors: tuple[str, ...]
    mentions: tuple[Place, ...]
    themes: dict[str, Evidence]
    names_service: bool
    risks: risks.Risks
    is_reply: bool
    is_uninformative: bool

    @property
    def is_brief(self) -> bool:
        """Whether it is one or two words, of which the rules know as much as the model."""
        return len(self.reading.told) <= _BRIEF

    def clues(self) -> Clues:
        """Return what the model sees of it."""
        facts = {
            "names a competitor": bool(self.competitors),
            "looks like a reply": self.is_reply,
            "says nothing": self.is_uninformative,
            "nothing of the service": not self.names_service,
        }
        also = [name for name, holds in facts.items() if holds]
        also += [f"rules {self.risks.urgency.value}", f"rules churn {self.risks.churn.value}"]
        return Clues(self.reading, signals(self.reading, self.hits, self.whole, self.language, also=also))


class RuleReader:
    """Lexicon and rules over words; safe to use from several threads."""

    def __init__(self, taxonomy: Taxonomy | None = None) -> None:
        """Read the tables; raise TableError for a phrase of the taxonomy (the built-in one) that cannot be read."""
        taxonomy = taxonomy or Taxonomy.built_in()
        maker = rule_maker()
        self._phrases = taxonomy.rules(maker)
        known = frozenset(Taxonomy.built_in().phrases)
        self._own = frozenset(rule for rule, phrase in self._phrases.items() if phrase not in known)
        rules = [*_read_rules(maker), *self._phrases]
        self.vocabulary = Vocabulary(Lexicon(), RuleIndex(rules), read_modifiers(), LanguageModel())

    def phrases_in(self, text: str) -> tuple[PhraseMatch, ...]:
        """Return the phrases of the taxonomy that count in `text`, in its order."""
        reading = Reading(text, self.vocabulary)
        matches = sorted((*reading.apart("theme"), *reading.apart("request")), key=lambda match: match.start)
        return tuple(PhraseMatch(self._phrases[m.rule], *reading.span(m.start, m.end)) for m in matches)

    def read(self, text: str) -> Findings:
        """Read one text."""
        reading = Reading(text, self.vocabulary)
        tongues = [word.tongue for word in reading.words if word.tongue is not None]
        language, share = identify(tongues, text)
        hits = ToneReader(reading, language is Language.PT).hits()
        hits = plainest(hits + risks.risk_hits(reading, hits))
        names, mentions = kinds.competitors(reading)
        whole = judge(hits, has_contrast=reading.clauses[-1:] > [0])
        themes = find_evidence(reading, self._own)
        return Findings(
            reading=reading,
            hits=hits,
            whole=whole,
            language=language,
            guarani_share=share,
            competitors=names,
            mentions=mentions,
            themes=themes,
            names_service=_names_service(reading, themes),
            risks=risks.find_risks(reading, whole.sentiment),
            is_reply=kinds.is_company_reply(reading),
            is_uninformative=kinds.is_uninformative(reading, bool(hits)),
        )


def _names_service(reading: Reading, themes: Mapping[str, Evidence]) -> bool:
    if themes.keys() - {GENERAL}:
        return True
    return not _OF_THE_DOMAIN.isdisjoint(reading.words[place].concept for place in reading.told)


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
