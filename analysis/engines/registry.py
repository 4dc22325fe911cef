"""The engines there are, by name; one instance of each in a process, made on first use.

An engine that learns is registered with its trainer as well: the same name then labels with what it came with
(``get_engine``) or with any trained model (``make_engine``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from analysis.engines.base import Engine

if TYPE_CHECKING:
    from analysis.engines.evaluation.labelled import Labelled

DEFAULT_ENGINE = "embedded"
#: Engines that are asked over the network, which `analysis.routing` does; `auto` asks `llm` where `embedded` is unsure.
AUTO, LLM, REMOTE = "auto", "llm", "remote"
REMOTE_ENGINES = (AUTO, LLM, REMOTE)
#: A model of one's own in this process; `analysis.routing` makes it, of what `requirements/transformers.txt` brings.
TRANSFORMER = "transformer"

#: Makes an engine from a folder of weights, or from what it came with.
Maker = Callable[[Path | None], Engine]


class Trainer(Protocol):
    """Writes ``WEIGHTS_FILE`` and ``MANIFEST_FILE`` into the folder and returns the manifest."""

    def __call__(
        self, comments: Sequence[Labelled], *, seed: int, folder: Path, sources: Mapping[str, str]
    ) -> dict[str, Any]:
        """Train on labelled comments; ``sources`` says what they are: name to hash."""


class TrainingUnavailable(Exception):
    """This engine cannot be trained here; the message says what is missing."""


def _embedded(weights: Path | None) -> Engine:
    from analysis.engines.embedded.engine import EmbeddedEngine

    return EmbeddedEngine(weights=weights)


def _train_embedded(
    comments: Sequence[Labelled], *, seed: int, folder: Path, sources: Mapping[str, str]
) -> dict[str, Any]:
    try:
        from analysis.engines.training.train import train
    except ImportError as error:
        message = f"Training needs {error.name}: install what requirements/train.txt lists, then try again."
        raise TrainingUnavailable(message) from error
    return train(comments, seed=seed, folder=folder, sources=sources)


_MAKERS: dict[str, Maker] = {DEFAULT_ENGINE: _embedded}
_TRAINERS: dict[str, Trainer] = {DEFAULT_ENGINE: _train_embedded}


def register(name: str, maker: Maker, trainer: Trainer | None = None) -> None:
    """Add an engine of one's own, before anything asks for one; raise ValueError for a name that is taken."""
    if name in engine_names():
        raise ValueError(f"There is an engine {name!r} already")
    _MAKERS[name] = maker
    if trainer is not None:
        _TRAINERS[name] = trainer


def unregister(name: str) -> None:
    """Take an engine out again that `register` added."""
    _MAKERS.pop(name, None)
    _TRAINERS.pop(name, None)
    _made.cache_clear()


def engine_names() -> tuple[str, ...]:
    """Return the names of all engines, the default first."""
    return (*_MAKERS, *REMOTE_ENGINES, TRANSFORMER)


def local_engine_names() -> tuple[str, ...]:
    """Return the names of those that label in this process, which are the ones that `get_engine` knows."""
    return tuple(_MAKERS)


def get_engine(name: str = DEFAULT_ENGINE) -> Engine:
    """Return the engine called `name`; raise ValueError with the names there are when there is none."""
    return _made(name)


def make_engine(name: str, weights: Path) -> Engine:
    """Return a new engine called `name` that labels with the model in a folder."""
    return _maker(name)(weights)


def trainer(name: str) -> Trainer:
    """Return what trains the engine; raise TrainingUnavailable for one that does not learn."""
    _maker(name)
    if name not in _TRAINERS:
        raise TrainingUnavailable(f"The engine {name!r} does not learn.")
    return _TRAINERS[name]


@cache
def _made(name: str) -> Engine:
    return _maker(name)(None)


def _maker(name: str) -> Maker:
    try:
        return _MAKERS[name]
    except KeyError:
        raise ValueError(f"Unknown engine {name!r}; there is: {', '.join(local_engine_names())}") from None
