"""The sample has the shape of the file customers bring."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from analysis.sample.build import SampleRow, read_source

ROWS = read_source()


def cleaned(text: str) -> str:
    """Put case, spaces and punctuation aside; what has nothing else keeps its emoji, if any.

    Written apart from the product's own fingerprint, so that the count does not hang on it.
    """
    bare = re.sub(r"[!-/:-@\[-`{-~¡¿’“”…]", "", text.casefold())
    return " ".join(bare.split())


def group_of(rating: int) -> str:
    if rating >= 9:
        return "Promotor"
    return "Pasivo" if rating >= 7 else "Detractor"


def test_it_has_846_rows_and_none_without_a_comment() -> None:
    assert len(ROWS) == 846
    assert all(row.comment.strip() for row in ROWS)


def test_each_label_agrees_with_its_rating() -> None:
    assert [row for row in ROWS if not 0 <= row.rating <= 10 or row.nps != group_of(row.rating)] == []


def test_every_rating_from_0_to_10_occurs() -> None:
    assert {row.rating for row in ROWS} == set(range(11))


@pytest.mark.parametrize(
    ("label", "count", "percent"), [("Detractor", 372, 44.0), ("Pasivo", 200, 23.6), ("Promotor", 274, 32.4)]
)
def test_shares_of_the_groups(label: str, count: int, percent: float) -> None:
    found = Counter(row.nps for row in ROWS)[label]
    assert found == count
    assert round(found / len(ROWS) * 100, 1) == percent


def test_nps_is_minus_11_6() -> None:
    groups = Counter(row.nps for row in ROWS)
    assert round((groups["Promotor"] - groups["Detractor"]) / len(ROWS) * 100, 1) == -11.6


def test_comments_are_44_characters_long_on_average_and_none_has_more_than_90_words() -> None:
    assert round(sum(len(row.comment) for row in ROWS) / len(ROWS)) == 44
    assert max(len(row.comment.split()) for row in ROWS) <= 90


def test_286_rows_are_a_single_word() -> None:
    assert sum(len(row.comment.split()) == 1 for row in ROWS) == 286


def test_484_texts_are_distinct_once_case_spaces_and_punctuation_are_put_aside() -> None:
    assert len({cleaned(row.comment) for row in ROWS}) == 484


def test_guarani_and_jopara_are_between_5_and_15_percent() -> None:
    share = sum(row.language in {"gn", "jopara"} for row in ROWS) / len(ROWS)
    assert 0.05 <= share <= 0.15


def test_each_language_is_a_known_one_and_the_same_for_every_repeat() -> None:
    assert {row.language for row in ROWS} == {"es", "gn", "jopara", "pt", "other"}
    by_text: dict[str, set[str]] = {}
    for row in ROWS:
        by_text.setdefault(cleaned(row.comment), set()).add(row.language)
    assert [text for text, languages in by_text.items() if len(languages) > 1] == []


@pytest.mark.parametrize("word", ["Caro", "Lento", "Malo", ".", "-", "no", "ninguna", "nada", "ok", "sin comentarios"])
def test_short_answers_of_the_real_file_occur(word: str) -> None:
    assert any(row.comment == word for row in ROWS)


@pytest.mark.parametrize("name", ["Tigo", "Claro", "Copaco", "Vox"])
def test_competitors_are_mentioned(name: str) -> None:
    assert any(re.search(rf"\b{name}", row.comment, re.IGNORECASE) for row in ROWS)


def test_invented_personal_data_is_there_to_be_masked() -> None:
    def with_pattern(pattern: str) -> list[SampleRow]:
        return [row for row in ROWS if re.search(pattern, row.comment)]

    assert len(with_pattern(r"\b0\d{2,3}[ -]\d{3}[ -]\d{3}\b")) == 4
    assert len(with_pattern(r"@example\.com\b")) == 2
    assert len(with_pattern(r"\bCI es 9\.999\.999\b")) == 1
