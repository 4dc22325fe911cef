"""The trained part of the engine: linear layers over words, concepts, signals of the rules, and runs of letters.

A model is a folder with `weights.npy` (two arrays, memory-mapped, so that processes share them: a row for each known
feature, and the table of runs) and `MANIFEST.json` (what it was made of, and how its outputs are read). No pickle.
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
from analysis.engines.embedded.runs import PLACES, runs
from analysis.engines.embedded.signals import Signal
from analysis.engines.embedded.words import Word

FORMAT, _WITHOUT_RUNS = 2, 1
_NO_RUNS: Mapping[str, Any] = {"outputs": [], "steps": [], "bias": []}
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
        self._blocks, self._runs = _read_weights(folder, self.manifest)
        by_runs = self.manifest["runs"]
        self._run_columns = [self.outputs.index(output) for output in by_runs["outputs"]]
        self._run_steps, self._run_bias = (np.array(by_runs[name], np.float32) for name in ("steps", "bias"))
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
        if self._run_columns:
            total[:, self._run_columns] += self._by_run(told)
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

    def _by_run(self, texts: Sequence[Sequence[Word]]) -> Scores:
        found = runs(texts)
        given = self._runs[found.places]
        given[~found.within] = 0
        steps = np.add.reduceat(given.sum(axis=0, dtype=np.int32), found.starts, axis=0).astype(np.float32)
        norms = np.sqrt(found.per_text()).astype(np.float32)
        total: Scores = steps * self._run_steps / norms[:, None]
        return total + self._run_bias


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
    if manifest.get("format") not in (FORMAT, _WITHOUT_RUNS):
        raise ModelError(f"{folder} has format {manifest.get('format')!r}, this program reads {FORMAT}: train it anew")
    return {"runs": _NO_RUNS} | manifest


def write_weights(path: Path, rows: NDArray[Any], table: NDArray[np.int8]) -> None:
    """Write the rows of the features and the table of runs (places x outputs, in steps), one behind the other."""
    with path.open("wb") as file:
        np.save(file, rows, allow_pickle=False)
        np.save(file, np.ascontiguousarray(table), allow_pickle=False)


def _read_weights(folder: Path, manifest: Mapping[str, Any]) -> tuple[dict[str, _Block], NDArray[np.int8]]:
    """Map the weights into memory and check that they are what the manifest says."""
    path = folder / WEIGHTS
    try:
        rows, *tables = mapped_arrays(path)
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    sizes = [manifest["rows"][name] for name in BLOCKS]
    by_runs = len(manifest["runs"]["outputs"])
    wanted = [(PLACES, by_runs)] if by_runs else []
    has_rows = rows.dtype == row_type(len(manifest["outputs"])) and rows.shape == (sum(sizes),)
    if not has_rows or [table.shape for table in tables] != wanted:
        raise ModelError(f"{path} does not fit {MANIFEST}: train the model anew, or restore both files")
    ends = np.cumsum(sizes)
    blocks = {
        name: _Block(rows["code"][end - size : end], rows["weights"][end - size : end])
        for name, size, end in zip(BLOCKS, sizes, ends, strict=True)
    }
    return blocks, tables[0] if tables else np.zeros((0, 0), np.int8)


def mapped_arrays(path: Path) -> list[NDArray[Any]]:
    """Map the arrays that stand one behind the other in `path`; raise ValueError where they are not whole."""
    arrays: list[NDArray[Any]] = []
    with path.open("rb") as file:
        end = path.stat().st_size
        while file.tell() < end:
            if np.lib.format.read_magic(file) != (1, 0):
                raise ValueError("an array of another version of the format")
            shape, is_by_column, dtype = np.lib.format.read_array_header_1_0(file)
            if is_by_column or dtype.hasobject:
                raise ValueError("an array of objects, or one that is stored by columns")
            start = file.tell()
            arrays.append(np.memmap(file, dtype, mode="r", offset=start, shape=shape))
            file.seek(start + arrays[-1].nbytes)
    return arrays
