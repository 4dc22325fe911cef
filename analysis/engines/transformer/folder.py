"""The folder of a model, as far as it can be checked without loading it: files, labels, digest.

Only weights in the format safetensors are taken: the older formats are pickles, which can run code while they are read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from analysis.engines.base import Sentiment
from analysis.engines.transformer.labels import LabelsError, read_labels
from analysis.engines.transformer.unavailable import unusable

_CONFIG, _LABELS = "config.json", "labels.json"
_WEIGHTS, _INDEX = "model.safetensors", "model.safetensors.index.json"
_SAFE = ".safetensors"
_PICKLES = frozenset({".bin", ".pt", ".pth", ".ckpt"})
_NEVER_READ = _PICKLES | {".h5", ".msgpack", ".onnx", ".ot", ".md", ".py"}
_VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")
_REFUSED = {
    "auto_map": "has a model that brings code of its own, which is never run",
    "transformers_weights": "has a model that keeps its weights under another name",
    "quantization_config": "has a model that is packed for other machines",
}
"""Entries of config.json that make other files, or code, be read than those that are checked here."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder that looks right, the sentiment of each answer of its model, and 8 hex digits that are its own."""

    path: Path
    sentiments: tuple[Sentiment, ...]
    digest: str


def look_at(folder: Path) -> ModelFolder:
    """Return what the folder holds; raise TransformerUnavailable when it holds no model that can be used."""
    if not folder.is_dir():
        raise unusable(folder, "is no folder")
    config = _read(folder, _CONFIG)
    for entry, why in _REFUSED.items():
        if config.get(entry):
            raise unusable(folder, why)
    _check_files(folder)
    names = _answers(folder, config)
    own = _read(folder, _LABELS) if (folder / _LABELS).exists() else {}
    try:
        return ModelFolder(folder, read_labels(names, own), model_digest(folder))
    except LabelsError as error:
        raise unusable(folder, str(error)) from None


def model_digest(folder: Path) -> str:
    """Return 8 hex digits that change whenever a file of the model does; raise TransformerUnavailable without one."""
    digest = sha256()
    try:
        for path in sorted(folder.iterdir()):
            if path.is_file() and path.suffix not in _NEVER_READ and not path.name.startswith("."):
                with path.open("rb") as file:
                    digest.update(f"{path.name} {file_digest(file, 'sha256').hexdigest()}\n".encode())
    except OSError as error:
        raise unusable(folder, f"cannot be read ({error})") from error
    return digest.hexdigest()[:8]


def _check_files(folder: Path) -> None:
    if (folder / "adapter_config.json").exists():
        raise unusable(folder, "has what was added to another model, not a whole one")
    if not any(next(folder.glob(name), None) for name in _VOCABULARIES):
        raise unusable(folder, f"has no vocabulary ({', '.join(_VOCABULARIES)})")
    if (folder / _WEIGHTS).is_file():
        return
    if (folder / _INDEX).is_file():
        _check_parts(folder)
    elif any(path.suffix in _PICKLES for path in folder.iterdir()):
        raise unusable(folder, f"has its weights in a format that can run code; save them as {_WEIGHTS}")
    else:
        raise unusable(folder, f"has no {_WEIGHTS}")


def _check_parts(folder: Path) -> None:
    """Weights in several files: each must be there, and none may be of another format."""
    places = _read(folder, _INDEX).get("weight_map")
    if not isinstance(places, dict) or not places:
        raise unusable(folder, f"names no files in {_INDEX}")
    for name in set(places.values()):
        if not isinstance(name, str) or not name.endswith(_SAFE) or "/" in name or not (folder / name).is_file():
            raise unusable(folder, f"names {name!r} in {_INDEX}, which is no file of this folder in that format")


def _answers(folder: Path, config: dict[str, Any]) -> list[str]:
    """The names of the model's answers, in the order of its outputs."""
    if config.get("problem_type") not in (None, "single_label_classification"):
        raise unusable(folder, "has a model that does not choose one answer among several")
    named = config.get("id2label")
    listed = [named.get(str(place)) for place in range(len(named))] if isinstance(named, dict) else []
    names = [name for name in listed if isinstance(name, str)]
    if not names or len(names) < len(listed):
        raise unusable(folder, f"has a model whose answers have no names (id2label in {_CONFIG})")
    return names


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        content = json.loads((folder / name).read_bytes())
    except OSError as error:
        raise unusable(folder, f"has no {name} that can be read ({type(error).__name__})") from error
    except ValueError as error:
        raise unusable(folder, f"has a damaged {name}") from error
    if not isinstance(content, dict):
        raise unusable(folder, f"has a {name} of another form")
    return content
