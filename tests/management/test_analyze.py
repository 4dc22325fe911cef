"""``manage.py analyze``: a file in, a file of labels out, counts said, bad input refused with what to do."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from analysis.models import AnalysisResult, ProviderCall, Session
from analysis.sample import SAMPLE_FILE
from tests.provider.nodes import _key, make_pool, provided  # noqa: F401 - a fixture
from tests.provider.server import Provider

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = {
    "row", "id", "text", "language", "sentiment", "sentiment_score", "emotions", "themes", "urgency", "churn_risk",
    "confidence", "engine", "is_fallback", "duplicate_of",
}  # fmt: skip


def analyze(source: Path, target: Path, **options: object) -> str:
    out = io.StringIO()
    call_command("analyze", str(source), output=target, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def test_the_sample_comes_out_with_a_line_for_every_row(tmp_path: Path) -> None:
    said = analyze(SAMPLE_FILE, tmp_path / "out.jsonl")

    assert "846 rows = 484 comments + 362 duplicates folded + 0 rejected" in said
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["row"] for line in lines] == list(range(1, 847))
    assert all(line.keys() >= KEYS for line in lines)
    assert all(-1 <= line["sentiment_score"] <= 1 and 0 <= line["confidence"] <= 1 for line in lines)
    ids = {line["id"] for line in lines}
    repeats = [line for line in lines if line["duplicate_of"]]
    assert len(repeats) == 362
    assert {line["duplicate_of"] for line in repeats} < ids
    assert AnalysisResult.objects.count() == 846


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_other_formats_hold_as_many_comments(tmp_path: Path, ending: str) -> None:
    source, target = tmp_path / "in.csv", tmp_path / f"out.{ending}"
    source.write_text("Nota,Comentario Final\n1,Muy lento\n10,Excelente\n", encoding="utf-8")

    analyze(source, target)

    if ending == "csv":
        assert len(target.read_text(encoding="utf-8-sig").splitlines()) == 3
    else:
        texts = [cell for sheet in openpyxl.load_workbook(target) for row in sheet.values for cell in row]
        assert {"Muy lento", "Excelente"} <= set(texts)


def test_a_column_can_be_named(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("Opinion,Otra cosa\nx,El internet se corta\ny,Todo bien\n", encoding="utf-8")

    analyze(source, tmp_path / "out.jsonl", column="Otra cosa")

    texts = [json.loads(line)["text"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert texts == ["El internet se corta", "Todo bien"]


@pytest.mark.parametrize(
    ("name", "content", "options", "said"),
    [
        ("in.xlsx", b"\x00\x9f broken \x00", {}, "neither a workbook nor a text"),
        ("in.csv", b"", {}, "empty"),
        ("in.csv", b"Nota\n1\n2\n", {}, "No column with comments"),
        ("in.csv", b"Comentario\nMalo\n", {"column": "Nope"}, "no column called"),
    ],
)
def test_bad_input_is_refused_with_what_to_do(
    tmp_path: Path, name: str, content: bytes, options: dict[str, str], said: str
) -> None:
    source = tmp_path / name
    source.write_bytes(content)

    with pytest.raises(CommandError, match=said):
        analyze(source, tmp_path / "out.jsonl", **options)

    assert not (tmp_path / "out.jsonl").exists()


def test_an_unknown_ending_or_a_missing_file_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="ending"):
        analyze(SAMPLE_FILE, tmp_path / "out.pdf")
    with pytest.raises(CommandError, match="no file"):
        analyze(tmp_path / "missing.csv", tmp_path / "out.csv")
    assert Session.objects.count() == 0


@pytest.mark.usefixtures("_key")
class TestOverTheNetwork:
    def test_the_sample_is_labelled_by_a_provider_with_far_fewer_items_than_rows(self, tmp_path: Path) -> None:
        with provided(Provider()) as provider:
            said = analyze(SAMPLE_FILE, tmp_path / "out.jsonl", engine="llm", sends_abroad=True)
        assert "846 labelled, 0 set aside; engine llm" in said
        lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
        assert len(lines) == 846
        assert {line["engine"] for line in lines} == {"llm"}
        assert not any(line["is_fallback"] for line in lines)
        assert 0 < sum(provider.ledger.items.values()) <= 0.4 * 3 * 846

    def test_without_consent_nothing_begins(self, tmp_path: Path) -> None:
        with provided(Provider()) as provider, pytest.raises(CommandError, match="abroad"):
            analyze(SAMPLE_FILE, tmp_path / "out.jsonl", engine="llm")
        assert provider.ledger.calls == 0
        assert not Session.objects.exists()

    def test_a_limit_that_is_reached_is_said(self, tmp_path: Path) -> None:
        make_pool(batch_size=5)
        with provided(Provider()), pytest.raises(CommandError, match="budget_session"):
            analyze(SAMPLE_FILE, tmp_path / "out.jsonl", engine="llm", sends_abroad=True, cost_limit=Decimal("0.05"))
        assert 0 < sum(ProviderCall.objects.values_list("cost", flat=True)) <= Decimal("0.05")
        assert not (tmp_path / "out.jsonl").exists()
