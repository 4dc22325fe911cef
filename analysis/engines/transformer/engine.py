"""The engine: the model says the sentiment, the embedded engine says everything else."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from analysis.engines.base import Engine, EngineError, Evidence, Item, Sentiment, Verdict
from analysis.engines.transformer.folder import look_at
from analysis.engines.transformer.network import Network, Opinion
from analysis.engines.transformer.unavailable import NEEDS, TransformerUnavailable

_RULES = "tf1"
"""Goes up when the same model would be used in another way."""

_SENTIMENT = "sentiment:"


def is_available() -> bool:
    """Whether the packages are installed that the engine needs; does not load them."""
    return all(find_spec(name) is not None for name in ("torch", "transformers", "safetensors"))


class TransformerEngine:
    """Offline, safe to use from several threads. `folder` holds the model, `local` is the embedded engine."""

    name = "transformer"

    def __init__(self, folder: Path, local: Engine) -> None:
        """Look at the folder; raise TransformerUnavailable when packages are missing, or no model there can be used.

        The model is loaded when the first text needs it, so that who only asks for the version pays nothing.
        """
        if not is_available():
            raise TransformerUnavailable(NEEDS)
        self._found = look_at(folder)
        self._local = local
        self._network: Network | None = None
        self._loading = threading.Lock()
        self.version = f"{local.version}+{_RULES}-{self._found.digest}"

    def label(self, items: Sequence[Item]) -> dict[str, Verdict]:
        """Return a verdict for each item, keyed by its id; raise EngineError when the model cannot be loaded."""
        verdicts = self._local.label(items)
        asked = {item.id: item.text for item in items if _says_something(verdicts[item.id])}
        if asked:
            opinions = self._loaded().opinions(list(asked.values()))
            verdicts |= {name: merge(verdicts[name], opinion) for name, opinion in zip(asked, opinions, strict=True)}
        return verdicts

    def _loaded(self) -> Network:
        with self._loading:
            if self._network is None:
                try:
                    self._network = Network(self._found)
                except TransformerUnavailable as error:
                    raise EngineError(str(error), permanent=False) from error
            return self._network


def merge(local: Verdict, opinion: Opinion) -> Verdict:
    """Return the embedded engine's verdict with the model's sentiment.

    Where both agree, every word that speaks for the verdict goes on speaking for it; else those go that speak for
    another sentiment. What speaks for themes, emotions, risks and providers stays.
    """
    sentiment = opinion.sentiment.value
    return replace(
        local,
        sentiment=sentiment,
        score=opinion.score,
        confidence=opinion.confidence,
        evidence=local.evidence if sentiment == local.sentiment else _fitting(local.evidence, opinion.sentiment),
    )


def _fitting(evidence: Sequence[Evidence], sentiment: Sentiment) -> tuple[Evidence, ...]:
    said = {sentiment.value}
    if sentiment is Sentiment.MIXED:
        said |= {Sentiment.POSITIVE.value, Sentiment.NEGATIVE.value}
    return tuple(
        one for one in evidence if not one.label.startswith(_SENTIMENT) or one.label.removeprefix(_SENTIMENT) in said
    )


def _says_something(verdict: Verdict) -> bool:
    """Texts without content and replies of the company have a verdict that no model could better."""
    return not (verdict.is_uninformative or verdict.is_company_reply)
