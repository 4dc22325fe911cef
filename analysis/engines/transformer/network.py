"""The model itself: texts go in by batches, an opinion on each comes out. Only here torch and transformers are used."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NamedTuple

from analysis.engines.base import EngineError, Sentiment
from analysis.engines.transformer.folder import ModelFolder, model_digest
from analysis.engines.transformer.unavailable import NEEDS, TransformerUnavailable, unusable

_BATCH = 32
_MOST_THREADS = 2
"""Cores that one process takes for a model: several workers run on a machine."""

_MOST_TOKENS = 512
_KEPT_POSITIONS = 2
"""Models of RoBERTa's kind count their positions from 2: that many fewer are free than their config says."""

_TRIAL = ("hola", "muy lento " * _MOST_TOKENS)
_DIGITS = 4


class Opinion(NamedTuple):
    """A sentiment, the score -1..1, and the probability of the sentiment."""

    sentiment: Sentiment
    score: float
    confidence: float


class Network:
    """A loaded model; safe to use from several threads, which take turns batch by batch."""

    def __init__(self, found: ModelFolder) -> None:
        """Load; raise TransformerUnavailable when the packages do not work, or the model in the folder does not."""
        self._torch, transformers = _packages()
        self._torch.set_num_threads(min(_MOST_THREADS, self._torch.get_num_threads()))
        self._sentiments = found.sentiments
        self._lock = threading.Lock()
        try:
            self._tokenizer, self._model = _load(self._torch, transformers, found)
            self._most_tokens = _most_tokens(self._tokenizer, self._model.config)
            self.opinions(_TRIAL)
        except TransformerUnavailable:
            raise
        except Exception as error:  # a foreign model may fail in any way, and each means the same
            raise unusable(found.path, f"has a model that does not work ({type(error).__name__}: {error})") from error
        if model_digest(found.path) != found.digest:
            raise TransformerUnavailable(f"{found.path} was changed after this program had begun: start it again.")

    def opinions(self, texts: Sequence[str]) -> list[Opinion]:
        """Return an opinion on each text, in their order; raise EngineError when the model gives none.

        What stands beside a text in a batch may move its numbers by what rounding leaves over, and no further.
        """
        by_length = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        found: dict[int, Opinion] = {}
        for first in range(0, len(texts), _BATCH):
            places = by_length[first : first + _BATCH]
            chances = self._chances([_readable(texts[place]) for place in places])
            found |= {place: self._opinion(row) for place, row in zip(places, chances, strict=True)}
        return [found[place] for place in range(len(texts))]

    def _chances(self, texts: list[str]) -> list[list[float]]:
        """Return the probability of each answer for each text of a batch."""
        # The tokenizer keeps state while it works, and two batches at once would only fight for the same cores.
        with self._lock, self._torch.inference_mode():
            tokens = self._tokenizer(
                texts, padding=True, truncation=True, max_length=self._most_tokens, return_tensors="pt"
            )
            try:
                logits = self._model(**tokens).logits
            except RuntimeError as error:  # out of memory, as a rule
                raise EngineError(f"the model failed: {error}", permanent=False) from error
            chances: list[list[float]] = logits.float().softmax(dim=-1).tolist()
            return chances

    def _opinion(self, chances: Sequence[float]) -> Opinion:
        sums = dict.fromkeys(Sentiment, 0.0)
        for sentiment, chance in zip(self._sentiments, chances, strict=True):
            sums[sentiment] += chance
        if not all(map(math.isfinite, sums.values())):
            raise EngineError("the model gave no numbers", permanent=True)
        sentiment = max(sums, key=sums.__getitem__)
        score = sums[Sentiment.POSITIVE] - sums[Sentiment.NEGATIVE]
        return Opinion(sentiment, round(score, _DIGITS), round(sums[sentiment], _DIGITS))


def _packages() -> tuple[Any, Any]:
    """Return torch and transformers."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # else the tokenizer takes every core there is
    try:
        torch, transformers = import_module("torch"), import_module("transformers")
        import_module("safetensors")
    except (ImportError, OSError) as error:  # OSError: a library that torch is linked with is not there
        raise TransformerUnavailable(NEEDS) from error
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    return torch, transformers


def _load(torch: Any, transformers: Any, found: ModelFolder) -> tuple[Any, Any]:
    """Return tokenizer and model, read from the folder alone; no code comes out of it, and none from elsewhere."""
    alone = {"local_files_only": True, "trust_remote_code": False}
    tokenizer = transformers.AutoTokenizer.from_pretrained(found.path, use_fast=True, **alone)
    model, report = transformers.AutoModelForSequenceClassification.from_pretrained(
        found.path,
        use_safetensors=True,
        dtype=torch.float32,
        attn_implementation="eager",  # the others may be fetched from elsewhere
        output_loading_info=True,
        **alone,
    )
    # What the file does not hold would be drawn by chance.
    lacking = sorted(map(str, [*report["missing_keys"], *report["mismatched_keys"]]))
    if lacking:
        raise unusable(found.path, f"has no weights for a part of its model ({', '.join(lacking[:3])})")
    if len(tokenizer) > model.config.vocab_size:
        raise unusable(found.path, "has a tokenizer of another model: it knows more words than the model")
    return tokenizer, model.eval()


def _most_tokens(tokenizer: Any, config: Any) -> int:
    """Return how many tokens of a text the model can read; the rest of a longer one is left out."""
    positions = getattr(config, "max_position_embeddings", None) or 0
    free = positions - _KEPT_POSITIONS if positions > _KEPT_POSITIONS else _MOST_TOKENS
    return int(min(tokenizer.model_max_length, free, _MOST_TOKENS))


def _readable(text: str) -> str:
    """Halves of characters, which no tokenizer takes, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
