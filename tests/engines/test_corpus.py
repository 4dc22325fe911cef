"""The training corpus: every row has the shape and the codes of the annotation guide, and no text is there twice."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.engines import base

CORPUS = Path(base.__file__).parent / "corpus"
PARTS = sorted(CORPUS.glob("part_*.tsv"))
LABELS = ["language", "channel", "sentiment", "themes", "emotions", "urgency", "churn_risk", "competitors", "flags"]
COLUMNS = ["id", "text", *LABELS]
CHANNELS = {"survey", "review", "social", "chat"}
COMPETITORS = {"tigo", "claro", "copaco", "vox", "starlink", "other"}
FLAGS = {"sarcasm", "implicit", "negation", "contrast", "uninformative", "company_reply", "short", "elsewhere"}
LEAST_EXAMPLES = 8

Row = dict[str, str]


def rows_of(part: Path) -> list[Row]:
    """The rows of one file; a line with too many or too few cells is an error."""
    lines = part.read_text(encoding="utf-8").split("\n")
    return [dict(zip(COLUMNS, line.split("\t"), strict=True)) for line in lines[1:] if line]


def codes(cell: str) -> list[str]:
    """The codes of a cell, without polarity or intensity."""
    return [code.split(":")[0] for code in cell.split(";") if code]


def all_rows() -> Iterator[Row]:
    for part in PARTS:
        yield from rows_of(part)


def folded(text: str) -> str:
    """A text without case, accents, signs and repeated blanks; what has no letters stays as it is."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[^\w]+", " ", plain).strip() or text.strip()


def test_there_are_parts_to_learn_from() -> None:
    assert PARTS


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
class TestPart:
    def test_has_the_columns_of_the_guide(self, part: Path) -> None:
        head, _, rest = part.read_text(encoding="utf-8").partition("\n")
        assert head.split("\t") == COLUMNS
        assert rest.endswith("\n")
        assert [line for line in rest.split("\n")[:-1] if line.count("\t") != len(COLUMNS) - 1] == []

    def test_numbers_its_rows_with_its_own_letter(self, part: Path) -> None:
        own = re.compile(rf"{part.stem.removeprefix('part_')}\d{{4,}}")
        ids = [row["id"] for row in rows_of(part)]
        assert [name for name in ids if not own.fullmatch(name)] == []
        assert ids == sorted(set(ids))

    def test_holds_composed_trimmed_texts(self, part: Path) -> None:
        texts = [row["text"] for row in rows_of(part)]
        assert [text for text in texts if not text or text != text.strip()] == []
        assert [text for text in texts if re.search(r"[\x00-\x1f\x7f\ufffd]", text)] == []

    def test_uses_the_codes_of_the_protocol(self, part: Path) -> None:
        wrong = [
            row["id"]
            for row in rows_of(part)
            if row["language"] not in set(base.Language)
            or row["channel"] not in CHANNELS
            or row["sentiment"] not in set(base.Sentiment)
            or row["urgency"] not in set(base.Urgency)
            or row["churn_risk"] not in set(base.ChurnRisk)
            or not set(codes(row["competitors"])) <= COMPETITORS
            or not set(codes(row["flags"])) <= FLAGS
        ]
        assert wrong == []

    def test_gives_every_theme_once_and_a_polarity(self, part: Path) -> None:
        theme = re.compile(f"(?:{'|'.join(base.THEMES)}):(?:{'|'.join(base.Sentiment)})")
        for row in rows_of(part):
            cells = [cell for cell in row["themes"].split(";") if cell]
            assert [cell for cell in cells if not theme.fullmatch(cell)] == [], row["id"]
            assert len(set(codes(row["themes"]))) == len(cells), row["id"]

    def test_gives_at_most_three_emotions_each_with_an_intensity(self, part: Path) -> None:
        emotion = re.compile(rf"(?:{'|'.join(base.EMOTIONS)}):0?\.[1-9]")
        for row in rows_of(part):
            cells = [cell for cell in row["emotions"].split(";") if cell]
            assert [cell for cell in cells if not emotion.fullmatch(cell)] == [], row["id"]
            assert len(set(codes(row["emotions"]))) == len(cells) <= 3, row["id"]

    def test_keeps_texts_that_say_nothing_neutral_and_without_themes(self, part: Path) -> None:
        empty = [row for row in rows_of(part) if "uninformative" in codes(row["flags"])]
        assert [row["id"] for row in empty if row["sentiment"] != "neutral" or row["themes"]] == []

    def test_keeps_replies_of_the_company_neutral(self, part: Path) -> None:
        replies = [row for row in rows_of(part) if "company_reply" in codes(row["flags"])]
        assert [row["id"] for row in replies if row["sentiment"] != "neutral"] == []


def test_no_text_is_there_twice() -> None:
    ids: dict[str, list[str]] = {}
    for row in all_rows():
        ids.setdefault(folded(row["text"]), []).append(row["id"])
    assert [same for same in ids.values() if len(same) > 1] == []


def test_no_text_carries_personal_data() -> None:
    mail = r"[\w.+-]+@[\w-]+\.\w+"
    mobile = r"\b09[6-9]\d[ .-]?\d{3}[ .-]?\d{3}\b"
    identity = r"\b\d{1,2}\.\d{3}\.(?!000\b)\d{3}\b"
    personal = re.compile(f"{mail}|{mobile}|{identity}")
    assert [row["id"] for row in all_rows() if personal.search(row["text"])] == []


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("language", set(base.Language)),
        ("channel", CHANNELS),
        ("sentiment", set(base.Sentiment)),
        ("themes", set(base.THEMES)),
        ("emotions", set(base.EMOTIONS)),
        ("urgency", set(base.Urgency)),
        ("churn_risk", set(base.ChurnRisk)),
        ("competitors", COMPETITORS),
        ("flags", FLAGS - {"short"}),
    ],
)
def test_every_label_has_examples(column: str, expected: set[str]) -> None:
    seen = Counter(code for row in all_rows() for code in codes(row[column]))
    assert {code: seen[code] for code in expected if seen[code] < LEAST_EXAMPLES} == {}


def test_what_says_something_has_a_theme() -> None:
    silent = {"uninformative", "company_reply"}
    assert [row["id"] for row in all_rows() if not row["themes"] and not silent & set(codes(row["flags"]))] == []


def test_texts_are_composed_and_of_one_to_about_ninety_words() -> None:
    assert [row["id"] for row in all_rows() if not unicodedata.is_normalized("NFC", row["text"])] == []
    assert [row["id"] for row in all_rows() if not 1 <= len(row["text"].split()) <= 95] == []


@pytest.mark.parametrize(
    ("column", "code", "least", "most"),
    [
        ("language", "es", 0.45, 0.92),
        ("language", "jopara", 0.04, 0.45),
        ("language", "gn", 0.01, 0.20),
        ("language", "pt", 0.005, 0.15),
        ("language", "other", 0.003, 0.06),
        ("sentiment", "positive", 0.15, 0.40),
        ("sentiment", "negative", 0.25, 0.55),
        ("sentiment", "neutral", 0.22, 0.40),
        ("sentiment", "mixed", 0.08, 0.22),
        ("flags", "sarcasm", 0.04, 0.20),
        ("flags", "negation", 0.08, 0.45),
        ("flags", "contrast", 0.08, 0.40),
        ("flags", "implicit", 0.06, 0.35),
        ("flags", "uninformative", 0.02, 0.12),
    ],
)
def test_the_shares_are_those_wanted(column: str, code: str, least: float, most: float) -> None:
    has = [code in codes(row[column]) for row in all_rows()]
    assert least <= sum(has) / len(has) <= most


def test_short_middling_and_long_texts_are_all_there() -> None:
    lengths = [len(row["text"].split()) for row in all_rows()]
    short = sum(length < 6 for length in lengths) / len(lengths)
    long = sum(length > 20 for length in lengths) / len(lengths)
    assert 0.12 <= short <= 0.65
    assert 0.12 <= long <= 0.65
    assert 1 - short - long >= 0.12
