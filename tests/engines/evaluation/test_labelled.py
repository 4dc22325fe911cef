"""Files in the format of the gold set are read whole or refused with the place of the fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.engines.evaluation.labelled import GOLD_FILE, LabelError, Labelled, read_labelled

HEADER = "id\ttext\tlanguage\tchannel\tsentiment\tthemes\temotions\turgency\tchurn_risk\tcompetitors\tflags"
ROW = (
    'a1\tmuy "caro"\tes\tsurvey\tnegative\tprice:negative;speed:mixed\tanger:.6\tp2\tnone\ttigo;vox\tnegation;contrast'
)


def written(folder: Path, *lines: str) -> Path:
    path = folder / "labelled.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_every_column_of_a_row_is_read(tmp_path: Path) -> None:
    assert read_labelled(written(tmp_path, HEADER, ROW)) == [
        Labelled(
            id="a1",
            text='muy "caro"',
            language="es",
            sentiment="negative",
            themes={"price": "negative", "speed": "mixed"},
            emotions=frozenset({"anger"}),
            urgency="p2",
            churn_risk="none",
            competitors=frozenset({"tigo", "vox"}),
            flags=frozenset({"negation", "contrast"}),
        )
    ]


def test_empty_cells_are_empty_sets(tmp_path: Path) -> None:
    (comment,) = read_labelled(written(tmp_path, HEADER, "a1\tok\tes\tsurvey\tneutral\t\t\tp3\tnone\t\t"))
    assert [len(cell) for cell in (comment.themes, comment.emotions, comment.competitors, comment.flags)] == [0] * 4


def test_the_gold_set_is_in_its_own_format() -> None:
    assert len(read_labelled(GOLD_FILE)) == 686


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([HEADER.replace("\turgency", ""), ROW], "lacks: urgency"),
        ([HEADER], "no comments"),
        ([HEADER, ROW, ROW], "'a1' comes twice"),
        ([HEADER, ROW, ROW.replace("a1", "a2").replace("\tes\t", "\tfr\t")], "Line 3, language: unknown code 'fr'"),
        ([HEADER, ROW.replace("speed:mixed", "sped:mixed")], "Line 2, themes: unknown code 'sped'"),
        ([HEADER, ROW.replace("speed:mixed", "speed:bad")], "Line 2, themes: unknown polarity 'bad'"),
        ([HEADER, "a1\tok"], "Line 2, sentiment: unknown code ''"),
    ],
)
def test_a_faulty_file_is_refused_with_the_place(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(LabelError, match=message):
        read_labelled(written(tmp_path, *lines))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labelled.tsv"
    path.write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(LabelError, match="not a tab separated file in UTF-8"):
        read_labelled(path)
