"""The embedded engine: rules read each text, a trained model decides, and both show where they found it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analysis.engines.base import EngineError, Item, Verdict
from analysis.engines.embedded import tables
from analysis.engines.embedded.findings import RuleReader
from analysis.engines.embedded.model import BUILT_IN, Model, model_digest
from analysis.engines.embedded.phrases import PhraseMatch
from analysis.engines.embedded.taxonomy import Taxonomy
from analysis.engines.embedded.verdicts import Judge

RULES_VERSION = "2"
_BATCH = 500
"""Texts handled in one set of arrays: enough to be fast, few enough to stay small."""


class EmbeddedEngine:
    """Deterministic, offline, safe to use from several threads. `weights` is the folder of a model."""

    name = "embedded"

    def __init__(self, *, weights: Path | None = None, taxonomy: Taxonomy | None = None) -> None:
        """Read tables and weights; raise TableError for a phrase of the taxonomy, ModelError for a folder, that cannot
        be used.
        """
        folder, taxonomy = weights or BUILT_IN, taxonomy or Taxonomy.built_in()
        self.taxonomy = taxonomy
        self._weights = folder
        self._reader = RuleReader(taxonomy)
        self._judge = Judge(Model(folder), taxonomy)
        self.version = f"{RULES_VERSION}-{tables.fingerprint()}-{model_digest(folder)}{version_mark(taxonomy)}"

    def label(self, items: Sequence[Item]) -> dict[str, Verdict]:
        """Return a verdict for each item, keyed by its id; raise a permanent EngineError for what is no text."""
        verdicts: dict[str, Verdict] = {}
        for first in range(0, len(items), _BATCH):
            batch = items[first : first + _BATCH]
            for item in batch:
                if not isinstance(item.text, str):
                    raise EngineError(f"item {item.id!r} has no text", permanent=True)
            judged = self._judge.judge([self._reader.read(item.text) for item in batch])
            verdicts |= {item.id: verdict for item, verdict in zip(batch, judged, strict=True)}
        return verdicts

    def with_taxonomy(self, taxonomy: Taxonomy) -> EmbeddedEngine:
        """Return an engine that has the same model and other themes; raise TableError for a phrase it cannot use."""
        return EmbeddedEngine(weights=self._weights, taxonomy=taxonomy)

    def phrases_in(self, text: str) -> tuple[PhraseMatch, ...]:
        """Return the phrases of the taxonomy that count in `text`, in its order."""
        return self._reader.phrases_in(text)


def version_mark(taxonomy: Taxonomy) -> str:
    """Return what a version of the engine ends with, so that the taxonomy behind it can be found; "" built-in."""
    return "" if taxonomy.is_built_in else f"-t{taxonomy.digest}"
