"""What the engine asks of a model and what it makes of the answer; the model is played, so this runs everywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.engines.base import EngineError, Evidence, Item, Sentiment, Verdict
from analysis.engines.embedded.engine import EmbeddedEngine
from analysis.engines.transformer import engine as subject
from analysis.engines.transformer.engine import TransformerEngine, merge
from analysis.engines.transformer.folder import ModelFolder
from analysis.engines.transformer.network import Opinion
from analysis.engines.transformer.unavailable import TransformerUnavailable
from tests.engines.transformer.tiny import save_likeness

ODD = Opinion(Sentiment.MIXED, 0.125, 0.75)
TRIVIAL = ("", ".", "ok", "ninguna", "Estimado cliente, lamentamos los inconvenientes, le contactaremos a la brevedad")
TEXTS = ("Muy lento el internet", "Excelente servicio, gracias", "Iporã la servicio", "Se corta y me paso a Tigo")


class Played:
    """A model that has the same opinion of everything, and remembers what it was asked."""

    made = 0

    def __init__(self, found: ModelFolder) -> None:
        Played.made += 1
        self.asked: list[str] = []

    def opinions(self, texts: Sequence[str]) -> list[Opinion]:
        self.asked += texts
        return [ODD] * len(texts)


class Broken(Played):
    """A model that does not load."""

    def __init__(self, found: ModelFolder) -> None:
        super().__init__(found)
        raise TransformerUnavailable("weights are damaged")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_likeness(tmp_path / "model")


@pytest.fixture
def transformer(monkeypatch: pytest.MonkeyPatch, folder: Path, engine: EmbeddedEngine) -> TransformerEngine:
    monkeypatch.setattr(subject, "is_available", lambda: True)
    monkeypatch.setattr(subject, "Network", Played)
    monkeypatch.setattr(Played, "made", 0)
    return TransformerEngine(folder, engine)


def items(texts: Sequence[str]) -> list[Item]:
    return [Item(str(number), text) for number, text in enumerate(texts)]


def test_the_version_holds_the_embedded_engines_and_the_digest_of_the_model(
    transformer: TransformerEngine, folder: Path, engine: EmbeddedEngine
) -> None:
    assert transformer.name == "transformer"
    assert re.fullmatch(re.escape(engine.version) + r"\+tf1-[0-9a-f]{8}", transformer.version)
    (folder / "model.safetensors").write_bytes(b"other numbers")
    assert TransformerEngine(folder, engine).version != transformer.version


def test_the_model_is_loaded_when_a_text_needs_it_and_once(transformer: TransformerEngine) -> None:
    assert transformer.version
    transformer.label([])
    transformer.label(items(TRIVIAL))
    assert Played.made == 0
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: transformer.label(items(TEXTS)), range(8)))
    assert Played.made == 1


def test_texts_without_content_and_replies_are_not_asked_of_the_model(
    transformer: TransformerEngine, engine: EmbeddedEngine
) -> None:
    verdicts = transformer.label(items([*TRIVIAL, *TEXTS]))
    network = transformer._loaded()
    assert isinstance(network, Played)
    assert network.asked == list(TEXTS)
    alone = engine.label(items(TRIVIAL))
    assert {name: verdicts[name] for name in alone} == alone


def test_everything_but_sentiment_score_and_confidence_is_the_embedded_engines(
    transformer: TransformerEngine, engine: EmbeddedEngine
) -> None:
    verdicts, locals_ = transformer.label(items(TEXTS)), engine.label(items(TEXTS))
    assert verdicts.keys() == locals_.keys()
    for name, local in locals_.items():
        verdict = verdicts[name]
        assert (verdict.sentiment, verdict.score, verdict.confidence) == ODD
        for kept in ("themes", "emotions", "urgency", "churn_risk", "language", "guarani_share", "competitors",
                     "pain_points", "reasons", "is_uninformative", "is_company_reply"):  # fmt: skip
            assert getattr(verdict, kept) == getattr(local, kept)


def test_what_is_no_text_is_the_same_error_as_everywhere(transformer: TransformerEngine) -> None:
    with pytest.raises(EngineError) as caught:
        transformer.label([Item("a", None)])  # type: ignore[arg-type]
    assert caught.value.permanent


def test_a_model_that_does_not_load_is_the_engines_trouble_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, transformer: TransformerEngine
) -> None:
    monkeypatch.setattr(subject, "Network", Broken)
    for _ in range(2):
        with pytest.raises(EngineError, match="weights are damaged") as caught:
            transformer.label(items(TEXTS))
        assert not caught.value.permanent
    monkeypatch.setattr(subject, "Network", Played)
    assert transformer.label(items(TEXTS)).keys() == {"0", "1", "2", "3"}


class TestMerging:
    @pytest.fixture
    def local(self, engine: EmbeddedEngine) -> Verdict:
        verdict = engine.label([Item("0", "Buena atención pero muy lento, me paso a Tigo")])["0"]
        said = {one.label for one in verdict.evidence}
        assert {"sentiment:positive", "sentiment:negative", "competitor:tigo"} <= said
        return verdict

    @staticmethod
    def labels(evidence: Sequence[Evidence], *, of_sentiment: bool) -> set[str]:
        return {one.label for one in evidence if one.label.startswith("sentiment:") is of_sentiment}

    def test_where_both_agree_all_evidence_stays(self, local: Verdict) -> None:
        same = Opinion(Sentiment(local.sentiment), 0.5, 0.5)
        assert merge(local, same).evidence == local.evidence

    @pytest.mark.parametrize(
        ("heard", "said", "left"),
        [
            ("negative", Sentiment.POSITIVE, {"sentiment:positive"}),
            ("positive", Sentiment.NEGATIVE, {"sentiment:negative"}),
            ("negative", Sentiment.MIXED, {"sentiment:positive", "sentiment:negative"}),
            ("negative", Sentiment.NEUTRAL, set()),
        ],
    )
    def test_where_they_differ_no_word_speaks_for_another_sentiment(
        self, local: Verdict, heard: str, said: Sentiment, left: set[str]
    ) -> None:
        merged = merge(replace(local, sentiment=heard), Opinion(said, 0.0, 0.5))
        assert self.labels(merged.evidence, of_sentiment=True) == left

    @pytest.mark.parametrize("said", list(Sentiment))
    def test_words_for_themes_emotions_risks_and_providers_always_stay(self, local: Verdict, said: Sentiment) -> None:
        merged = merge(local, Opinion(said, 0.0, 0.5))
        assert self.labels(merged.evidence, of_sentiment=False) == self.labels(local.evidence, of_sentiment=False)
