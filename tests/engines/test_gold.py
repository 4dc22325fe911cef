"""The gold set is whole, coded as the guide says, frozen, and as well agreed upon as its README claims."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Callable

import pytest

from analysis.engines.base import EMOTIONS, THEMES, ChurnRisk, Language, Sentiment, Urgency
from analysis.engines.gold.agreement import (
    COMPETITORS,
    FLAGS,
    MULTIPLE,
    ROOM,
    Row,
    agreement,
    coded,
    compare,
    read_rows,
    table,
)

LABELS = ["language", "channel", "sentiment", "themes", "emotions", "urgency", "churn_risk", "competitors", "flags"]
CHANNELS = {"survey", "review", "social", "chat"}
VALUES: dict[str, set[str]] = {
    "language": {str(code) for code in Language},
    "channel": CHANNELS,
    "sentiment": {str(code) for code in Sentiment},
    "urgency": {str(code) for code in Urgency},
    "churn_risk": {str(code) for code in ChurnRisk},
}
INTENSITIES = {"0.3", "0.6", "0.9"}
# Whoever changes the set says so here.
FROZEN = "e7d6c802a8cbab758c9fbfaea4da8e842ac520e243aa10f705fe6e226b000ce8"

GOLD, FIRST, SECOND = (read_rows(ROOM / name) for name in ("gold.tsv", "first.tsv", "second.tsv"))
LABELLINGS = pytest.mark.parametrize("rows", [GOLD, FIRST, SECOND], ids=["gold", "first", "second"])


def test_the_gold_set_is_the_frozen_one() -> None:
    assert hashlib.sha256((ROOM / "gold.tsv").read_bytes()).hexdigest() == FROZEN


def test_columns_are_those_of_the_guide() -> None:
    assert list(GOLD[0]) == ["id", "text", *LABELS]
    assert list(FIRST[0]) == list(SECOND[0]) == ["id", *LABELS]


@LABELLINGS
def test_ids_run_without_a_gap(rows: list[Row]) -> None:
    assert [row["id"] for row in rows] == [f"g{number:04d}" for number in range(1, len(GOLD) + 1)]


def test_no_comment_occurs_twice() -> None:
    texts = Counter(" ".join(unicodedata.normalize("NFC", row["text"]).casefold().split()) for row in GOLD)
    assert [text for text, times in texts.items() if times > 1 or not text] == []


@LABELLINGS
@pytest.mark.parametrize("column", list(VALUES))
def test_single_labels_are_known_codes(rows: list[Row], column: str) -> None:
    assert {row[column] for row in rows} == VALUES[column]


@LABELLINGS
def test_themes_are_known_codes_with_a_polarity(rows: list[Row]) -> None:
    themes = [coded(row["themes"]) for row in rows]
    assert {code for cell in themes for code in cell} == set(THEMES)
    assert {value for cell in themes for value in cell.values()} == VALUES["sentiment"]


@LABELLINGS
def test_emotions_are_at_most_three_known_codes_with_an_intensity(rows: list[Row]) -> None:
    emotions = [coded(row["emotions"]) for row in rows]
    assert {code for cell in emotions for code in cell} == set(EMOTIONS)
    assert {value for cell in emotions for value in cell.values()} == INTENSITIES
    assert max(len(cell) for cell in emotions) <= 3


@LABELLINGS
def test_competitors_and_flags_are_known_codes(rows: list[Row]) -> None:
    assert {code for row in rows for code in coded(row["competitors"])} == set(COMPETITORS)
    assert {code for row in rows for code in coded(row["flags"])} == set(FLAGS)


@LABELLINGS
def test_no_code_is_given_twice_to_one_comment(rows: list[Row]) -> None:
    cells = [row[column] for row in rows for column in MULTIPLE if row[column]]
    assert [cell for cell in cells if len(coded(cell)) != len(cell.split(";"))] == []


def test_texts_that_say_nothing_and_canned_answers_are_neutral() -> None:
    silent = [row for row in GOLD if {"uninformative", "company_reply"} & coded(row["flags"]).keys()]
    assert {row["sentiment"] for row in silent} == {"neutral"}
    assert {row["themes"] for row in silent if "uninformative" in coded(row["flags"])} == {""}


SHARES: list[tuple[str, float, Callable[[Row], bool]]] = [
    ("neutral", 0.25, lambda row: row["sentiment"] == "neutral"),
    ("mixed", 0.10, lambda row: row["sentiment"] == "mixed"),
    ("sarcasm", 0.06, lambda row: "sarcasm" in coded(row["flags"])),
    ("negation", 0.15, lambda row: "negation" in coded(row["flags"])),
    ("contrast", 0.12, lambda row: "contrast" in coded(row["flags"])),
    ("implicit", 0.12, lambda row: "implicit" in coded(row["flags"])),
    ("one to three words", 0.15, lambda row: len(row["text"].split()) <= 3),
    ("Guarani or Jopara", 0.25, lambda row: row["language"] in {"gn", "jopara"}),
]


@pytest.mark.parametrize(("name", "share", "holds"), SHARES, ids=[name for name, _, _ in SHARES])
def test_hard_kinds_of_comments_have_their_share(name: str, share: float, holds: Callable[[Row], bool]) -> None:
    assert sum(map(holds, GOLD)) >= share * len(GOLD), name


@pytest.mark.parametrize("column", [*VALUES, *MULTIPLE])
def test_every_label_is_given_to_at_least_six_comments(column: str) -> None:
    counts = Counter(code for row in GOLD for code in coded(row[column]))
    assert min(counts.values()) >= 6


def test_emergencies_and_farewells_are_numerous_enough_to_be_measured() -> None:
    assert sum(row["urgency"] == "p0" for row in GOLD) >= 15
    assert sum(row["churn_risk"] == "high" for row in GOLD) >= 15


def test_the_readme_shows_the_agreement_as_it_is_recomputed() -> None:
    assert table(compare(FIRST, SECOND)) in (ROOM / "README.md").read_text(encoding="utf-8")


def test_what_both_labellings_say_of_the_sentiment_stands() -> None:
    agreed = {
        one["id"]: one["sentiment"]
        for one, two in zip(FIRST, SECOND, strict=True)
        if one["sentiment"] == two["sentiment"]
    }
    assert {row["id"]: row["sentiment"] for row in GOLD if row["id"] in agreed} == agreed


def test_kappa_is_that_of_the_textbook() -> None:
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    result = agreement("grants", pairs, yes_no=True)
    assert (result.first, result.second, result.observed) == (25, 30, 0.7)
    assert result.kappa == pytest.approx(0.4)


def test_kappa_of_constant_and_equal_labels_is_one() -> None:
    assert agreement("none", [("none", "none")] * 3).kappa == 1.0


def test_kappa_of_opposite_labels_is_minus_one() -> None:
    assert agreement("yes", [(True, False), (False, True)]).kappa == pytest.approx(-1.0)
