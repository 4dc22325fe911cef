"""A floor under the whole: comments as customers write them, with the labels a reader would give.

The comments are the project's own and were written beside the rules, so the figures are those of a regression test and
not what to expect of comments nobody has seen (docs/engine.md).
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import pytest

from analysis.engines.base import THEMES, Item, Language, Sentiment, Verdict
from analysis.engines.embedded.engine import EmbeddedEngine

FILE = Path(__file__).with_name("data") / "telecom_comments.tsv"
SENTIMENT_FLOOR, POLARITY_FLOOR, THEME_FLOOR, LANGUAGE_FLOOR = 0.88, 0.97, 0.83, 0.97


class Expected(NamedTuple):
    """A row of the file."""

    text: str
    sentiment: str
    themes: frozenset[str]
    language: str


def read_expected() -> list[Expected]:
    with FILE.open(encoding="utf-8", newline="") as stream:
        lines = (line for line in stream if not line.startswith("#"))
        return [
            Expected(text, sentiment, frozenset(filter(None, themes.split(","))), language)
            for text, sentiment, themes, language in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]


@pytest.fixture(scope="module")
def judged(engine: EmbeddedEngine) -> list[tuple[Expected, Verdict]]:
    expected = read_expected()
    verdicts = engine.label([Item(str(place), row.text) for place, row in enumerate(expected)])
    return [(row, verdicts[str(place)]) for place, row in enumerate(expected)]


def f1(found: int, missed: int, invented: int) -> float:
    return 2 * found / (2 * found + missed + invented)


def test_the_file_uses_every_code_and_is_large_enough() -> None:
    expected = read_expected()
    assert len(expected) >= 150
    assert {row.sentiment for row in expected} == set(Sentiment)
    assert {row.language for row in expected} == set(Language)
    assert {theme for row in expected for theme in row.themes} == set(THEMES)


def test_sentiment_stays_above_its_floor(judged: list[tuple[Expected, Verdict]]) -> None:
    scores = []
    for label in Sentiment:
        found = sum(row.sentiment == verdict.sentiment == label for row, verdict in judged)
        missed = sum(row.sentiment == label != verdict.sentiment for row, verdict in judged)
        invented = sum(verdict.sentiment == label != row.sentiment for row, verdict in judged)
        scores.append(f1(found, missed, invented))
    assert sum(scores) / len(scores) >= SENTIMENT_FLOOR


def test_praise_is_hardly_ever_taken_for_complaint(judged: list[tuple[Expected, Verdict]]) -> None:
    poles = {"positive", "negative"}
    polar = [(row, verdict) for row, verdict in judged if {row.sentiment, verdict.sentiment} <= poles]
    assert sum(row.sentiment == verdict.sentiment for row, verdict in polar) / len(polar) >= POLARITY_FLOOR


def test_themes_stay_above_their_floor(judged: list[tuple[Expected, Verdict]]) -> None:
    pairs = [(row.themes, {theme.code for theme in verdict.themes}) for row, verdict in judged]
    found = sum(len(wanted & got) for wanted, got in pairs)
    missed = sum(len(wanted - got) for wanted, got in pairs)
    invented = sum(len(got - wanted) for wanted, got in pairs)
    assert f1(found, missed, invented) >= THEME_FLOOR


def test_languages_stay_above_their_floor(judged: list[tuple[Expected, Verdict]]) -> None:
    assert sum(row.language == verdict.language for row, verdict in judged) / len(judged) >= LANGUAGE_FLOOR
