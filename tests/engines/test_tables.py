"""The tables are clean: a person who edits them is told of what cannot work."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from analysis.engines.base import EMOTIONS, THEMES
from analysis.engines.embedded.patterns import ADJECTIVE_ENDINGS, RuleMaker
from analysis.engines.embedded.tables import DATA, TableError, key, rows, weight

LEXICONS = ("lexicon_es.tsv", "lexicon_gn.tsv", "lexicon_pt.tsv")
PATTERNS = {"idioms.tsv": 4, "themes.tsv": 3, "emotions.tsv": 3, "risks.tsv": 3, "mentions.tsv": 2, "replies.tsv": 2}
IDIOM_KINDS = {"idiom", "fact", "request", "sarcasm", "hint"}


@pytest.mark.parametrize("path", sorted(DATA.glob("*.tsv")), ids=lambda path: path.name)
def test_every_table_explains_itself_and_names_its_columns(path: Path) -> None:
    head = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert len(head) >= 2


@pytest.mark.parametrize("name", LEXICONS)
def test_no_form_is_listed_twice(name: str) -> None:
    counts = Counter(key(form) for form, *_ in rows(name, 3))
    assert [form for form, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("name", LEXICONS)
def test_weights_and_emotions_are_of_the_scale(name: str) -> None:
    for form, cell, emotion in rows(name, 3):
        assert -3 <= weight(cell, name) <= 3, form
        assert emotion in ("", *EMOTIONS), form


@pytest.mark.parametrize("name", ["lexicon_es.tsv", "lexicon_gn.tsv"])
def test_a_weight_of_nothing_takes_a_word_out_of_something(name: str) -> None:
    negations = {key(form) for form, role, _ in rows("modifiers.tsv", 3) if role == "negation"}
    forms = [key(form) for table in ("lexicon_es.tsv", "lexicon_gn.tsv") for form, *_ in rows(table, 3)]
    stems = tuple(form[:-1] for form in forms if form.endswith("*"))
    adjectives = {form[:-1] + ending for form in forms if form.endswith("~") for ending in ADJECTIVE_ENDINGS}
    useless = [
        form
        for form, cell, emotion in rows(name, 3)
        if cell == "0" and not emotion and not form.startswith(":")
        and not key(form).rstrip("*").startswith(stems) and key(form) not in adjectives | negations
    ]  # fmt: skip
    assert useless == []


@pytest.mark.parametrize(("name", "width"), PATTERNS.items())
def test_every_pattern_can_be_read_and_stands_once(name: str, width: int) -> None:
    maker = RuleMaker(frozenset({"no"}))
    table = list(rows(name, width))
    for row in table:
        rule = maker.make(name, row[0], row[1], 1.0)
        assert rule.first_words()
        assert rule.end("x ", 0) <= 2
    counts = Counter((key(row[0]), row[1].split(".")[0] if name == "themes.tsv" else "") for row in table)
    assert [pattern for pattern, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_of_several_words_matches_one_function_word_alone(name: str) -> None:
    maker = RuleMaker(frozenset())
    for row in rows(name, PATTERNS[name]):
        rule = maker.make(name, row[0], row[1], 1.0)
        for word in ("no", "se", "me", "la", "el", "de", "que", "sin", "un", "si", "a", "en", "va", "por", "dos"):
            is_meant = word in row[0].split()[0].strip("[]").split("|") and len(row[0].split()) == 1
            starts = word in rule.first_words()
            assert is_meant or not (starts and rule.end(f"{word} ", 0) > 0), row[0]


def test_labels_are_codes_of_the_protocol() -> None:
    assert {label.split(".")[0] for _, label, _ in rows("themes.tsv", 3)} == set(THEMES) - {"other"}
    assert {label for _, label, _ in rows("emotions.tsv", 3)} <= set(EMOTIONS)
    assert {kind for _, _, kind, _ in rows("idioms.tsv", 4)} == IDIOM_KINDS
    assert {emotion for *_, emotion in rows("idioms.tsv", 4)} <= {"", *EMOTIONS}
    assert {label.split(".")[0] for _, label, _ in rows("risks.tsv", 3)} == {"urgency", "churn"}


def test_pain_points_are_told_of_sub_themes_that_exist() -> None:
    sub_themes = {label for _, label, _ in rows("themes.tsv", 3)}
    assert {name for name, _ in rows("pains.tsv", 2)} <= sub_themes


def test_a_bad_row_is_named_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.tsv").write_text("# a table\nform\t1\textra\n", encoding="utf-8")
    monkeypatch.setattr("analysis.engines.embedded.tables.DATA", tmp_path)
    with pytest.raises(TableError, match=r"bad\.tsv:2"):
        list(rows("bad.tsv", 2))


def test_a_weight_that_is_no_number_is_refused() -> None:
    with pytest.raises(TableError, match="heavy"):
        weight("heavy", "x.tsv")
