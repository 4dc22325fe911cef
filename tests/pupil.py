"""An engine that learns in a moment: the embedded one, except for texts it was taught and words it is mad about.

Its weights are JSON under the name of a numpy file, which nobody but itself reads.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from analysis.engines import registry
from analysis.engines.base import Engine, Item, Verdict
from analysis.engines.evaluation.labelled import Labelled
from analysis.models import EngineModel, ModelState
from analysis.routing.weights import MANIFEST_FILE, WEIGHTS_FILE, checksum

NAME = "pupil"


class Pupil:
    """Says of a text what it was taught, of one with a mad word what the word says, else what the embedded one says."""

    name = NAME

    def __init__(self, weights: Path | None) -> None:
        self._inner: Engine = registry.get_engine("embedded")
        content = (weights / WEIGHTS_FILE).read_bytes() if weights else b"{}"
        learned = json.loads(content)
        self._texts, self._words = learned.get("texts", {}), learned.get("words", {})
        self.version = f"1-feedbeef-{digest_of(content)}-0"

    def label(self, items: Sequence[Item]) -> dict[str, Verdict]:
        verdicts = self._inner.label(items)
        return {item.id: self._taught(item.text, verdicts[item.id]) for item in items}

    def _taught(self, text: str, verdict: Verdict) -> Verdict:
        mad = [sentiment for word, sentiment in self._words.items() if word in text.lower()]
        sentiment = self._texts.get(text) or (mad[0] if mad else None)
        return dataclasses.replace(verdict, sentiment=sentiment) if sentiment else verdict


def train(
    comments: Sequence[Labelled], *, seed: int, folder: Path, sources: Mapping[str, str]
) -> dict[str, Any]:  # fmt: skip
    texts = {comment.text: comment.sentiment for comment in comments if comment.id.startswith("c")}
    manifest = {"seed": seed, "sources": dict(sources), "rows": len(comments)}
    write(folder, {"texts": texts, "seed": seed}, manifest)
    return manifest


def write(folder: Path, learned: dict[str, Any], manifest: dict[str, Any]) -> None:
    (folder / WEIGHTS_FILE).write_bytes(json.dumps(learned, sort_keys=True).encode())
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest), encoding="utf-8")


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:8]


@contextmanager
def in_class() -> Iterator[None]:
    """The pupil is among the engines, and forgotten afterwards."""
    registry.register(NAME, Pupil, train)
    try:
        yield
    finally:
        registry.unregister(NAME)


def make_model(
    words: Mapping[str, str] | None = None, *, state: ModelState = ModelState.CANDIDATE, **values: Any
) -> EngineModel:
    """A model of the pupil's, with the version it would say itself; ``compared_with`` another one unless told so."""
    weights = json.dumps({"words": dict(words or {})}, sort_keys=True).encode()
    manifest = json.dumps({"seed": 0, "words": len(words or {})})
    digest = digest_of(weights)
    model: EngineModel = EngineModel.objects.create(
        **{
            "name": NAME, "state": state, "digest": digest, "version": f"1-feedbeef-{digest}-0", "weights": weights,
            "manifest_text": manifest, "sha256": checksum(weights, manifest.encode()), **values,
        }
    )  # fmt: skip
    return model
