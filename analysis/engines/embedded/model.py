"""The trained part of the engine: one linear layer over words, concepts and signals of the rules.

A model is a folder with `weights.npy` (a row for each known feature, memory-mapped, so that processes share it) and
`MANIFEST.json` (what it was made of, and how its outputs are read). No pickle.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.engines.embedded.features import (
    Codes,
    Places,
    Row,
    code_of,
    concept_groups,
    in_a_row,
    letter_groups,
    pairs,
    without_echoes,
)
from analysis.engines.embedded.reading import Reading
from analysis.engines.embedded.signals import Signal
from analysis.engines.embedded.words import Word

FORMAT = 1
WEIGHTS, MANIFEST = "weights.npy", "MANIFEST.json"
BUILT_IN = Path(__file__).parent / "weights"
BLOCKS = ("words", "concepts", "signals")
_KEPT_SPELLINGS = 50_000
_FIRST_CAPACITY = 4096

Scores = NDArray[np.float32]


class ModelError(ValueError):
    """A folder that holds no model this program can use; the message says what is wrong."""


class Clues(NamedTuple):
    """What the model sees of one text."""

    reading: Reading
    signals: Sequence[Signal]


class Given(NamedTuple):
    """What the words of texts gave to the outputs: text t has the rows `starts[t]` (its beginning) and the following,
    one for each word it tells, before `norms[t]` divides them.
    """

    shares: Scores
    norms: Scores
    starts: Places


def row_type(outputs: int) -> np.dtype[Any]:
    """Return the type of a row of weights: the feature's code, a weight for each output, and its squared rarity."""
    return np.dtype([("code", "<u4"), ("weights", "<f2", (outputs + 1,))])


def model_digest(folder: Path) -> str:
    """Return 8 hex digits that change whenever the model in `folder` does; raise ModelError when there is none."""
    digest = sha256()
    for name in (WEIGHTS, MANIFEST):
        digest.update(_bytes_of(folder / name))
    return digest.hexdigest()[:8]


class Model:
    """Scores of texts; safe to use from several threads."""

    def __init__(self, folder: Path = BUILT_IN) -> None:
        self.manifest = _read_manifest(folder)
        self.outputs: tuple[str, ...] = tuple(self.manifest["outputs"])
        self.bias = np.array(self.manifest["bias"], np.float32)
        self._blocks = _read_blocks(folder, self.manifest)
        self._spellings = _Spellings(self._blocks["words"])
        self._signals: dict[str, int] = {}

    def scores(self, clues: Sequence[Clues]) -> tuple[Scores, Given]:
        """Return the scores (texts x outputs), and what each word gave to them."""
        told = [[reading.words[place] for place in reading.told] for reading, _ in clues]
        row = in_a_row([word.code for word in words] for words in told)
        shares = self._spellings.of_row(told) + self._blocks["words"].take(pairs(row))
        total, norms = _sums(shares, row)
        total += self.bias
        total += self._by_concept(in_a_row(without_echoes(word.concept for word in words) for words in told))
        total += self._by_signal([signals for _, signals in clues])
        return total, Given(shares, norms, row.starts)

    def _by_concept(self, row: Row) -> Scores:
        block = self._blocks["concepts"]
        first, *others = (block.take(codes) for codes in concept_groups(row))
        for other in others:
            first += other
        return _sums(first, row)[0]

    def _by_signal(self, texts: Sequence[Sequence[Signal]]) -> Scores:
        known = self._signals
        starts, values = [], []
        codes: list[int] = []
        for signals in texts:
            starts.append(len(codes))
            codes.append(0)
            values.append(0.0)
            for name, value in signals:
                code = known.get(name)
                if code is None:
                    code = known[name] = code_of(name)
                codes.append(code)
                values.append(value)
        given = self._blocks["signals"].take(np.array(codes, np.uint32))[:, :-1]
        given *= np.array(values, np.float32)[:, None]
        total: Scores = np.add.reduceat(given, np.array(starts, np.intp), axis=0)
        return total


def _sums(shares: Scores, row: Row) -> tuple[Scores, Scores]:
    """Return the sums of each text, made comparable between short and long ones, and what they were divided by."""
    total: Scores = np.add.reduceat(shares, row.starts, axis=0)
    norms: Scores = np.sqrt(np.maximum(total[:, -1:], np.float32(1.0)))
    scores: Scores = total[:, :-1] / norms
    return scores, norms


class _Block:
    """Rows of weights by code."""

    def __init__(self, codes: Codes, weights: NDArray[np.float16]) -> None:
        self._codes = np.ascontiguousarray(codes)
        self._weights = weights
        self.width = int(weights.shape[1])

    def take(self, codes: Codes) -> Scores:
        """Return the rows of `codes`, zeros for unknown ones."""
        places = np.searchsorted(self._codes, codes)
        places[places == len(self._codes)] = 0
        known = self._codes[places] == codes
        taken = np.zeros((len(codes), self.width), np.float32)
        taken[known] = self._weights[places[known]]
        return taken


class _Spellings:
    """The summed rows of a word and its letter groups, worked out once for a spelling."""

    def __init__(self, block: _Block) -> None:
        self._block = block
        self._lock = threading.Lock()
        self._empty()

    def _empty(self) -> None:
        self._rows: dict[str, int] = {}
        self._sums = np.zeros((_FIRST_CAPACITY, self._block.width), np.float32)  # row 0: no word

    def of_row(self, texts: Sequence[Sequence[Word]]) -> Scores:
        """Return a row for each element of the texts in a row, zeros at their beginnings."""
        with self._lock:
            wanted = {word.key: word for words in texts for word in words}
            if wanted.keys() - self._rows.keys():
                self._learn(wanted)
            known, places = self._rows, []
            for words in texts:
                places.append(0)
                places += [known[word.key] for word in words]
            return self._sums[places]

    def _learn(self, wanted: Mapping[str, Word]) -> None:
        if len(self._rows) + len(wanted) > _KEPT_SPELLINGS:
            self._empty()
        words = [word for key, word in wanted.items() if key not in self._rows]
        groups = [word_features(word) for word in words]
        starts = np.cumsum([0, *map(len, groups[:-1])])
        sums = np.add.reduceat(self._block.take(np.fromiter(chain.from_iterable(groups), np.uint32)), starts, axis=0)
        first = len(self._rows) + 1
        while first + len(words) > len(self._sums):
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)])
        self._sums[first : first + len(words)] = sums
        self._rows |= {word.key: first + place for place, word in enumerate(words)}


def word_features(word: Word) -> list[int]:
    """Return the codes a word brings by itself: its own, and those of its letter groups."""
    return [word.code, *letter_groups(word.key)] if word.tongue else [word.code]


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error}") from error


def _read_manifest(folder: Path) -> dict[str, Any]:
    content = _bytes_of(folder / MANIFEST)
    try:
        manifest: dict[str, Any] = json.loads(content)
    except ValueError as error:
        raise ModelError(f"{folder / MANIFEST} is no JSON: {error}") from error
    if manifest.get("format") != FORMAT:
        raise ModelError(f"{folder} has format {manifest.get('format')!r}, this program reads {FORMAT}: train it anew")
    return manifest


def _read_blocks(folder: Path, manifest: Mapping[str, Any]) -> dict[str, _Block]:
    """Map the weights into memory and check that they are what the manifest says."""
    path = folder / WEIGHTS
    try:
        rows = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    sizes = [manifest["rows"][name] for name in BLOCKS]
    if rows.dtype != row_type(len(manifest["outputs"])) or rows.shape != (sum(sizes),):
        raise ModelError(f"{path} does not fit {MANIFEST}: train the model anew, or restore both files")
    ends = np.cumsum(sizes)
    return {
        name: _Block(rows["code"][end - size : end], rows["weights"][end - size : end])
        for name, size, end in zip(BLOCKS, sizes, ends, strict=True)
    }
