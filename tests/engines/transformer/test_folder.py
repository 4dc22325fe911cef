"""A folder is looked at before anything of it is loaded: what is wrong is said, with the setting that would mend it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from analysis.engines.base import Sentiment
from analysis.engines.transformer.folder import look_at, model_digest
from analysis.engines.transformer.unavailable import TransformerUnavailable
from tests.engines.transformer.tiny import save_likeness, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_likeness(tmp_path / "model")


def refusal(folder: Path) -> str:
    """What the refusal says; it always names the folder and the setting."""
    with pytest.raises(TransformerUnavailable) as caught:
        look_at(folder)
    message = str(caught.value)
    assert message.startswith(str(folder))
    assert "Set TRANSFORMER_DIR to a folder with a model for sentiment" in message
    return message


def test_a_folder_that_looks_right_tells_its_sentiments_and_digest(folder: Path) -> None:
    found = look_at(folder)
    assert found.sentiments == (Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE)
    assert found.digest == model_digest(folder)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (shutil.rmtree, "is no folder"),
        (lambda folder: (folder / "config.json").unlink(), "has no config.json"),
        (lambda folder: (folder / "config.json").write_text("{"), "has a damaged config.json"),
        (lambda folder: (folder / "config.json").write_bytes(b"\xff\xfe\xff"), "has a damaged config.json"),
        (lambda folder: (folder / "config.json").write_text("[]"), "has a config.json of another form"),
        (lambda folder: (folder / "labels.json").write_text("7"), "has a labels.json of another form"),
        (lambda folder: write(folder / "labels.json", {"NEG": ["x"]}), "maps 'NEG' to ['x']"),
        (lambda folder: (folder / "vocab.txt").unlink(), "has no vocabulary"),
        (lambda folder: (folder / "model.safetensors").unlink(), "has no model.safetensors"),
        (lambda folder: write(folder / "adapter_config.json", {}), "added to another model"),
    ],
)
def test_what_is_absent_or_damaged_is_named(folder: Path, spoil: Any, said: str) -> None:
    spoil(folder)
    assert said in refusal(folder)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"auto_map": {"AutoModel": "modeling.Mine"}}, "brings code of its own"),
        ({"transformers_weights": "weights.bin"}, "under another name"),
        ({"quantization_config": {"bits": 4}}, "packed for other machines"),
        ({"problem_type": "multi_label_classification"}, "does not choose one answer"),
        ({"id2label": None}, "answers have no names"),
        ({"id2label": {}}, "answers have no names"),
        ({"id2label": {"0": "NEG", "2": "POS"}}, "answers have no names"),
        ({"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}, "no labels.json"),
        ({"id2label": {"0": "B-PER", "1": "I-PER"}}, "answers 'B-PER'"),
    ],
    ids=str,
)
def test_a_model_of_another_sort_is_refused(tmp_path: Path, config: dict[str, Any], said: str) -> None:
    assert said in refusal(save_likeness(tmp_path / "model", config=config))


def test_a_file_of_labels_explains_numbered_answers(tmp_path: Path) -> None:
    folder = save_likeness(tmp_path, config={"id2label": {"0": "LABEL_0", "1": "LABEL_1"}})
    write(folder / "labels.json", {"LABEL_0": "positive", "LABEL_1": "negative"})
    assert look_at(folder).sentiments == (Sentiment.POSITIVE, Sentiment.NEGATIVE)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.ckpt"])
def test_weights_that_could_run_code_are_refused(folder: Path, name: str) -> None:
    (folder / "model.safetensors").rename(folder / name)
    assert "in a format that can run code; save them as model.safetensors" in refusal(folder)


class TestWeightsInParts:
    @pytest.fixture
    def parts(self, folder: Path) -> Path:
        for number in ("1", "2"):
            (folder / f"model-{number}.safetensors").write_bytes(b"numbers")
        (folder / "model.safetensors").unlink()
        return folder

    def test_are_taken_when_all_are_there(self, parts: Path) -> None:
        places = {"a": "model-1.safetensors", "b": "model-2.safetensors"}
        write(parts / "model.safetensors.index.json", {"weight_map": places})
        assert look_at(parts).digest

    @pytest.mark.parametrize("part", ["model-3.safetensors", "pytorch_model.bin", "../model-1.safetensors", 7])
    def test_are_refused_with_a_part_that_is_lacking_or_foreign(self, parts: Path, part: Any) -> None:
        (parts / "pytorch_model.bin").write_bytes(b"pickle")
        places = {"a": "model-1.safetensors", "b": part}
        write(parts / "model.safetensors.index.json", {"weight_map": places})
        assert f"names {part!r}" in refusal(parts)

    @pytest.mark.parametrize("index", [{}, {"weight_map": {}}, {"weight_map": ["model-1.safetensors"]}], ids=str)
    def test_are_refused_when_nobody_says_which_they_are(self, parts: Path, index: Any) -> None:
        write(parts / "model.safetensors.index.json", index)
        assert "names no files" in refusal(parts)


class TestDigest:
    def test_is_eight_hex_digits_and_the_same_for_a_copy(self, folder: Path, tmp_path: Path) -> None:
        digest = model_digest(folder)
        assert len(digest) == 8
        assert set(digest) <= set("0123456789abcdef")
        assert model_digest(shutil.copytree(folder, tmp_path / "copy")) == digest

    @pytest.mark.parametrize("name", ["config.json", "vocab.txt", "model.safetensors", "labels.json", "merges.txt"])
    def test_changes_with_each_file_that_is_read(self, folder: Path, name: str) -> None:
        before = model_digest(folder)
        with (folder / name).open("ab") as file:
            file.write(b" ")
        assert model_digest(folder) != before

    def test_changes_when_two_files_change_places(self, folder: Path) -> None:
        (folder / "a.txt").write_text("one")
        (folder / "b.txt").write_text("two")
        before = model_digest(folder)
        (folder / "a.txt").write_text("two")
        (folder / "b.txt").write_text("one")
        assert model_digest(folder) != before

    @pytest.mark.parametrize("name", ["README.md", ".gitattributes", "pytorch_model.bin", "model.onnx"])
    def test_does_not_change_with_what_is_never_read(self, folder: Path, name: str) -> None:
        before = model_digest(folder)
        (folder / name).write_text("anything")
        assert model_digest(folder) == before

    def test_needs_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(TransformerUnavailable, match="TRANSFORMER_DIR"):
            model_digest(tmp_path / "nowhere")
