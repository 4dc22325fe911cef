"""The embedded engine: rules read each text, a trained model decides, and both show where they found it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analysis.engines.base import EngineError, Item, Verdict
from analysis.engines.embedded import tables
from analysis.engines.embedded.findings import RuleReader
from analysis.engines.embedded.model import BUILT_IN, Model, model_digest
from analysis.engines.embedded.verdicts import Judge

RULES_VERSION = "2"
_BATCH = 500
"""Texts handled in one set of arrays: enough to be fast, few enough to stay small."""


class EmbeddedEngine:
    """Deterministic, offline, safe to use from several threads. `weights` is the folder of a model."""

    name = "embedded"

    def __init__(self, *, weights: Path | None = None) -> None:
        folder = weights or BUILT_IN
        self._reader = RuleReader()
        self._judge = Judge(Model(folder))
        self.version = f"{RULES_VERSION}-{tables.fingerprint()}-{model_digest(folder)}"

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
