"""The labels judged by reading belong to texts of the sample and use the engine's codes."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from analysis.engines.base import THEMES, Language, Sentiment
from analysis.sample.build import read_source

EXPECTED_FILE = Path(__file__).with_name("expected.tsv")


def expected() -> list[dict[str, str]]:
    with EXPECTED_FILE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def themes_of(row: dict[str, str]) -> list[str]:
    return [code for code in row["themes"].split(",") if code]


def test_each_text_is_in_the_sample_with_the_same_language() -> None:
    languages = {row.comment: row.language for row in read_source()}
    assert [row["text"] for row in expected() if languages.get(row["text"]) != row["language"]] == []


def test_no_text_is_labelled_twice_and_there_are_at_least_150() -> None:
    texts = Counter(row["text"] for row in expected())
    assert texts.most_common(1)[0][1] == 1
    assert len(texts) >= 150


def test_each_label_is_a_code_of_the_engine() -> None:
    for row in expected():
        assert row["sentiment"] in set(Sentiment)
        assert row["language"] in set(Language)
        assert set(themes_of(row)) <= set(THEMES)
        assert len(themes_of(row)) == len(set(themes_of(row)))


def test_only_texts_without_content_have_no_theme_and_these_are_neutral() -> None:
    without = [row for row in expected() if not themes_of(row)]
    assert {row["text"] for row in without} >= {".", "no", "ninguna", "sin comentarios"}
    assert {row["sentiment"] for row in without} == {"neutral"}


def test_every_sentiment_language_and_theme_is_represented() -> None:
    rows = expected()
    assert {row["sentiment"] for row in rows} == set(Sentiment)
    assert {row["language"] for row in rows} == set(Language)
    assert {code for row in rows for code in themes_of(row)} == set(THEMES)
