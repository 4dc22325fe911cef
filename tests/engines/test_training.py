"""Training rebuilds the committed weights from the committed text, and says what it made them of."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.engines.base import Item, Verdict
from analysis.engines.embedded import tables
from analysis.engines.embedded.engine import EmbeddedEngine
from analysis.engines.embedded.model import BUILT_IN, MANIFEST, WEIGHTS, Model, ModelError, mapped_arrays, model_digest
from analysis.engines.evaluation.labelled import Labelled, corpus, corpus_sources
from analysis.engines.training.train import train

AGREEMENT = 0.995
FEW = 700
MOST_BYTES = 6_000_000


def labels(verdict: Verdict) -> tuple[Any, ...]:
    """Every label of a verdict, none of its numbers."""
    themes = tuple(sorted((theme.code, theme.sentiment) for theme in verdict.themes))
    emotions = tuple(sorted(emotion.code for emotion in verdict.emotions))
    return verdict.sentiment, verdict.language, verdict.urgency, verdict.churn_risk, themes, emotions


def agreement(one: Iterable[Verdict], other: Iterable[Verdict]) -> float:
    """Share of labels that are the same, all six kinds of all comments together."""
    same = [mine == its for pair in zip(one, other, strict=True) for mine, its in zip(*map(labels, pair), strict=True)]
    return sum(map(bool, same)) / len(same)


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((BUILT_IN / MANIFEST).read_text(encoding="utf-8"))
    return content


def judged(engine: EmbeddedEngine, comments: list[Labelled]) -> list[Verdict]:
    return [*engine.label([Item(comment.id, comment.text) for comment in comments]).values()]


@pytest.mark.timeout(900)
def test_the_committed_weights_are_what_the_committed_text_teaches(manifest: dict[str, Any], tmp_path: Path) -> None:
    comments = corpus()
    train(comments, seed=manifest["seed"], folder=tmp_path, sources=corpus_sources())
    again = judged(EmbeddedEngine(weights=tmp_path), comments)
    assert agreement(again, judged(EmbeddedEngine(), comments)) >= AGREEMENT


def test_the_manifest_names_the_text_and_the_tables_the_weights_were_made_of(manifest: dict[str, Any]) -> None:
    assert manifest["sources"] == corpus_sources()
    assert manifest["tables"] == tables.fingerprint()
    assert manifest["comments"] == len(corpus())
    assert {"python", "numpy", "scikit-learn"} <= manifest["versions"].keys()
    assert manifest["unseen"]["sentiment"]["macro"] > 0.6


def test_the_weights_are_small_and_hold_no_objects() -> None:
    assert (BUILT_IN / WEIGHTS).stat().st_size <= MOST_BYTES
    rows, runs = mapped_arrays(BUILT_IN / WEIGHTS)
    assert isinstance(rows, np.memmap)
    assert isinstance(runs, np.memmap)
    assert np.isfinite(rows["weights"].astype(np.float32)).all()
    assert runs.any(axis=0).all()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of a few hundred comments: each twentieth of the corpus."""
    folder = tmp_path_factory.mktemp("small")
    comments = corpus()
    train(comments[:: len(comments) // FEW], seed=3, folder=folder, sources={"few": "0"})
    return folder


def test_the_same_comments_and_seed_make_the_same_model(small: Path, tmp_path: Path) -> None:
    comments = corpus()
    train(comments[:: len(comments) // FEW], seed=3, folder=tmp_path, sources={"few": "0"})
    assert (tmp_path / WEIGHTS).read_bytes() == (small / WEIGHTS).read_bytes()
    assert model_digest(tmp_path) == model_digest(small)


def test_another_model_is_another_version_with_other_labels(small: Path) -> None:
    comments = corpus()[:400]
    other = EmbeddedEngine(weights=small)
    assert other.version != EmbeddedEngine().version
    assert agreement(judged(other, comments), judged(EmbeddedEngine(), comments)) < 1


class TestADamagedModel:
    def test_without_a_manifest_is_refused(self, small: Path, tmp_path: Path) -> None:
        (tmp_path / WEIGHTS).write_bytes((small / WEIGHTS).read_bytes())
        with pytest.raises(ModelError, match=r"MANIFEST\.json cannot be read"):
            Model(tmp_path)

    def test_cut_short_is_refused(self, small: Path, tmp_path: Path) -> None:
        (tmp_path / WEIGHTS).write_bytes((small / WEIGHTS).read_bytes()[:-1000])
        (tmp_path / MANIFEST).write_bytes((small / MANIFEST).read_bytes())
        with pytest.raises(ModelError, match=r"weights\.npy cannot be read"):
            Model(tmp_path)

    def test_with_another_ones_manifest_is_refused(self, small: Path, tmp_path: Path) -> None:
        (tmp_path / WEIGHTS).write_bytes((small / WEIGHTS).read_bytes())
        (tmp_path / MANIFEST).write_bytes((BUILT_IN / MANIFEST).read_bytes())
        with pytest.raises(ModelError, match="does not fit"):
            Model(tmp_path)

    def test_of_a_format_to_come_is_refused(self, small: Path, tmp_path: Path) -> None:
        (tmp_path / WEIGHTS).write_bytes((small / WEIGHTS).read_bytes())
        (tmp_path / MANIFEST).write_text(json.dumps({"format": 99}), encoding="utf-8")
        with pytest.raises(ModelError, match="train it anew"):
            Model(tmp_path)

    def test_with_an_array_of_objects_is_refused(self, small: Path, tmp_path: Path) -> None:
        np.save(tmp_path / WEIGHTS, np.array([{}], object), allow_pickle=True)
        (tmp_path / MANIFEST).write_bytes((small / MANIFEST).read_bytes())
        with pytest.raises(ModelError, match=r"weights\.npy cannot be read"):
            Model(tmp_path)


def test_a_model_from_before_there_were_runs_still_labels(small: Path, tmp_path: Path) -> None:
    rows, _ = mapped_arrays(small / WEIGHTS)
    np.save(tmp_path / WEIGHTS, rows, allow_pickle=False)
    content: dict[str, Any] = json.loads((small / MANIFEST).read_text(encoding="utf-8"))
    del content["runs"]
    (tmp_path / MANIFEST).write_text(json.dumps(content | {"format": 1}), encoding="utf-8")
    comments = corpus()[:400]
    before, now = (judged(EmbeddedEngine(weights=folder), comments) for folder in (tmp_path, small))
    assert 0.8 < agreement(before, now) < 1
