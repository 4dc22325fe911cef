"""``manage.py evaluate``: figures of a file, never a text of the gold set."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from analysis.engines.evaluation.labelled import GOLD_FILE, read_labelled

HEADER = "id\ttext\tlanguage\tchannel\tsentiment\tthemes\temotions\turgency\tchurn_risk\tcompetitors\tflags"
RIGHT = "a1\tPésimo servicio\tes\tsurvey\tnegative\tgeneral_satisfaction:negative\t\tp2\tnone\t\t"
WRONG = "a2\tExcelente la velocidad\tes\tsurvey\tnegative\tspeed:negative\t\tp3\tnone\t\tsarcasm"


def evaluate(*arguments: object, **options: object) -> str:
    out = io.StringIO()
    call_command("evaluate", *map(str, arguments), stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.tsv"
    path.write_text(f"{HEADER}\n{RIGHT}\n{WRONG}\n", encoding="utf-8")
    return path


def test_a_file_is_measured_and_texts_are_not_shown_unasked(file: Path) -> None:
    said = evaluate(file)
    assert "2 comments, engine embedded" in said
    assert "sentiment accuracy" in said
    assert "Excelente" not in said


def test_figures_go_to_a_json_file(file: Path, tmp_path: Path) -> None:
    evaluate(file, json=tmp_path / "out.json")
    data = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert data["figures"]["sentiment accuracy"]["value"] == 0.5


def test_errors_of_an_own_file_are_shown(file: Path) -> None:
    said = evaluate(file, errors=5)
    assert "a2  negative / positive" in said
    assert "Pésimo" not in said


@pytest.mark.parametrize("copied", [False, True])
def test_errors_of_the_gold_set_are_refused_also_from_a_copy(tmp_path: Path, copied: bool) -> None:
    path = shutil.copy(GOLD_FILE, tmp_path) if copied else GOLD_FILE
    with pytest.raises(CommandError, match="stays frozen"):
        evaluate(path, errors=1)


def test_comments_of_the_gold_set_within_another_file_are_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "part.tsv"
    path.write_text("\n".join(GOLD_FILE.read_text(encoding="utf-8").splitlines()[:40]), encoding="utf-8")
    _, heading, shown = evaluate(path, errors=40).partition("Errors:")
    lines_shown = len(shown.splitlines()) - 1  # the rest of the heading; a failure must not print the texts either
    assert len(read_labelled(path)) == 39
    assert heading
    assert lines_shown == 0


def test_a_faulty_or_missing_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "faulty.tsv"
    path.write_text(f"{HEADER}\n{RIGHT.replace('p2', 'p9')}\n", encoding="utf-8")
    with pytest.raises(CommandError, match="Line 2, urgency: unknown code 'p9'"):
        evaluate(path)
    with pytest.raises(CommandError, match=r"absent\.tsv"):
        evaluate(tmp_path / "absent.tsv")
