"""The taxonomy: which themes there are, what people call them, and the phrases that speak for them.

The built-in one comes from themes.tsv, pains.tsv and theme_names.tsv; others come as plain data, as `to_plain` writes
them. A sub-theme's full code is that of its theme, a dot and its own: `speed.slow`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from typing import Any

from analysis.engines.base import THEMES
from analysis.engines.embedded import phrases
from analysis.engines.embedded.patterns import Rule, RuleMaker
from analysis.engines.embedded.phrases import Fault, Phrase
from analysis.engines.embedded.tables import THEME_NAMES, TableError, key, rows, weight
from analysis.engines.embedded.words import read_modifiers

NO_PAIN = "-"
MAX_THEMES, MAX_PHRASES = 500, 5_000
_REQUEST = "improvement_request"


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme or a sub-theme, by its full code.

    `pain_point` is what it is called where a comment complains of it: "" its own code, `-` no pain point.
    """

    code: str
    name_es: str
    name_en: str
    pain_point: str = ""
    sub_themes: tuple[Theme, ...] = ()

    def name_in(self, language: str) -> str:
        """Return the English name for "en" and its kin, the Spanish one for every other language."""
        return self.name_en if language.split("-")[0] == "en" else self.name_es


@dataclass(frozen=True)
class Taxonomy:
    """Themes in the order people see them; phrases in the order in which, all else equal, they win."""

    themes: tuple[Theme, ...]
    phrases: tuple[Phrase, ...]

    def __hash__(self) -> int:
        return hash(self.digest)

    @staticmethod
    def built_in() -> Taxonomy:
        """Return the taxonomy of the tables, read once in a process."""
        return _built_in()

    @staticmethod
    def from_plain(plain: Mapping[str, Any]) -> Taxonomy:
        """Return the taxonomy that `to_plain` wrote; raise ValueError when it is not of that shape."""
        try:
            return Taxonomy(
                tuple(_theme_from_plain(theme) for theme in plain["themes"]),
                tuple(Phrase(str(pattern), str(label), float(value)) for pattern, label, value in plain["phrases"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"this is no taxonomy: {error!r}") from error

    def to_plain(self) -> dict[str, Any]:
        """Return plain data, fit for JSON."""
        return {
            "themes": [_theme_to_plain(theme) for theme in self.themes],
            "phrases": [[phrase.pattern, phrase.label, phrase.weight] for phrase in self.phrases],
        }

    @cached_property
    def digest(self) -> str:
        """12 hex digits that change whenever anything in it does."""
        canonical = json.dumps(self.to_plain(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return sha256(canonical.encode()).hexdigest()[:12]

    @property
    def is_built_in(self) -> bool:
        """Whether it is, word for word, the one of the tables."""
        return self.digest == Taxonomy.built_in().digest

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the themes, without sub-themes."""
        return tuple(theme.code for theme in self.themes)

    @cached_property
    def pains(self) -> dict[str, str]:
        """What a theme or sub-theme is called where it is complained of, where that is not its own code."""
        return {theme.code: theme.pain_point for theme in self.every_theme() if theme.pain_point}

    def every_theme(self) -> Iterator[Theme]:
        """Yield each theme, followed by its sub-themes."""
        for theme in self.themes:
            yield theme
            yield from theme.sub_themes

    def rules(self, maker: RuleMaker) -> dict[Rule, Phrase]:
        """Return the rule of each phrase, in order; raise TableError for a pattern that is not of the language."""
        return {
            maker.make(_table(phrase.label), phrase.pattern, phrase.label, phrase.weight): phrase
            for phrase in self.phrases
        }

    def check(self) -> list[Fault]:
        """Return what keeps it from being used, each fault with its place; [] when it can be published."""
        themes = list(self.every_theme())
        faults = list(_faults_of_themes(themes, self.codes))
        if len(themes) > MAX_THEMES:
            faults.append(Fault("too_many_themes", "", str(MAX_THEMES)))
        if len(self.phrases) > MAX_PHRASES:
            faults.append(Fault("too_many_phrases", "", str(MAX_PHRASES)))
            return faults
        return faults + list(_faults_of_phrases(self.phrases, {theme.code for theme in themes}))


@cache
def rule_maker() -> RuleMaker:
    """Return the reader of patterns that the engine has: same sets, same negations."""
    return RuleMaker(frozenset(word for word, modifier in read_modifiers().items() if modifier.negates))


def _faults_of_themes(themes: Iterable[Theme], codes: tuple[str, ...]) -> Iterator[Fault]:
    seen: set[str] = set()
    for theme in themes:
        if not all(phrases.is_code(part) for part in theme.code.split(".")):
            yield Fault("bad_code", theme.code)
        if theme.code in seen:
            yield Fault("code_twice", theme.code)
        if not theme.name_es.strip() or not theme.name_en.strip():
            yield Fault("no_name", theme.code)
        if not phrases.is_pain_point(theme.pain_point):
            yield Fault("bad_pain_point", theme.code, theme.pain_point)
        seen.add(theme.code)
    for code in THEMES:
        if code not in codes:
            yield Fault("built_in_missing", code)


def _faults_of_phrases(all_phrases: Iterable[Phrase], known: set[str]) -> Iterator[Fault]:
    maker = rule_maker()
    seen: set[tuple[str, str]] = set()
    for phrase in all_phrases:
        yield from phrases.faults_of(phrase, maker)
        if phrase.label not in known:
            yield Fault("unknown_theme", phrase.pattern, phrase.label)
        place = (" ".join(key(phrase.pattern).split()), phrase.label.split(".")[0])
        if place in seen:
            yield Fault("phrase_twice", phrase.pattern, place[1])
        seen.add(place)


def _table(label: str) -> str:
    """Keep requests apart: they overlap with the theme of what is asked for, without hiding it."""
    return "request" if label.split(".")[0] == _REQUEST else "theme"


def _theme_to_plain(theme: Theme) -> dict[str, Any]:
    plain: dict[str, Any] = {"code": theme.code, "es": theme.name_es, "en": theme.name_en, "pain": theme.pain_point}
    return plain | {"sub_themes": [_theme_to_plain(one) for one in theme.sub_themes]} if theme.sub_themes else plain


def _theme_from_plain(plain: Mapping[str, Any]) -> Theme:
    return Theme(
        str(plain["code"]),
        str(plain["es"]),
        str(plain["en"]),
        str(plain["pain"]),
        tuple(_theme_from_plain(one) for one in plain.get("sub_themes", ())),
    )


@cache
def _built_in() -> Taxonomy:
    pains = {row[0]: row[1] for row in rows("pains.tsv", 2)}
    names = {code: (name_es, name_en) for code, name_es, name_en in rows(THEME_NAMES, 3)}
    listed = tuple(Phrase(pattern, label, weight(cell, "themes.tsv")) for pattern, label, cell in rows("themes.tsv", 3))
    if unnamed := [code for code in (*THEMES, *(phrase.label for phrase in listed)) if code not in names]:
        raise TableError(f"{THEME_NAMES}: no names for {', '.join(unnamed)}")
    themes = (
        Theme(
            code,
            *names[code],
            pains.get(code, ""),
            tuple(Theme(sub, *names[sub], pains.get(sub, "")) for sub in names if sub.startswith(f"{code}.")),
        )
        for code in THEMES
    )
    return Taxonomy(tuple(themes), listed)
