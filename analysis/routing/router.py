"""Which engine answers; the one door through which pages, API and workers ask for labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from analysis.engines.base import Engine, Item, Verdict
from analysis.engines.embedded.engine import EmbeddedEngine
from analysis.engines.registry import DEFAULT_ENGINE
from analysis.routing import cache
from analysis.routing.releases import engine_for
from analysis.routing.taxonomy import with_themes

#: Most texts that are answered while the caller waits.
MAX_IMMEDIATE = 20


class Route(StrEnum):
    """Which way an answer came."""

    CACHE = "cache"
    IMMEDIATE = "immediate"


class Answer(NamedTuple):
    """Verdicts by the caller's ids, and which way they came."""

    verdicts: dict[str, Verdict]
    route: Route


def answer(texts: Mapping[str, str], *, engine: str, version: str) -> Answer:
    """Verdicts for somebody who waits: those of the cache, and of the engine for the rest."""
    known = cache.verdicts.find(texts, engine=engine, version=version)
    if known.keys() == texts.keys():
        return Answer(known, Route.CACHE)
    missing = {name: text for name, text in texts.items() if name not in known}
    made = label_texts(missing, engine=engine, version=version)
    cache.verdicts.keep(missing, made, engine=engine, version=version)
    return Answer(known | made, Route.IMMEDIATE)


def label_items(items: Sequence[Item], *, engine: str, version: str = "") -> dict[str, Verdict]:
    """Verdicts by item id, of the version that ``engine_version`` answered before, or of the one of now.

    An answer that lacks or invents an id is an error, never a shifted label.
    """
    verdicts = _engine(engine, version).label(items)
    wanted = {item.id for item in items}
    if verdicts.keys() != wanted:
        missing, invented = len(wanted - verdicts.keys()), len(verdicts.keys() - wanted)
        raise ValueError(f"Engine {engine!r} left out {missing} items and invented {invented}")
    return verdicts


def label_texts(texts: Mapping[str, str], *, engine: str, version: str = "") -> dict[str, Verdict]:
    """Verdicts by the caller's own ids."""
    return label_items([Item(id=key, text=text) for key, text in texts.items()], engine=engine, version=version)


def engine_version(engine: str, begun_with: str = "") -> str:
    """The version that the engine files its results under; raises ValueError for an unknown engine.

    ``begun_with`` is the version that a run was begun with: its model and its taxonomy go on labelling that run.
    """
    return _engine(engine, begun_with).version


def embedded_engine() -> EmbeddedEngine:
    """The embedded engine as it labels now."""
    engine = _engine(DEFAULT_ENGINE, "")
    if not isinstance(engine, EmbeddedEngine):
        raise TypeError(f"{DEFAULT_ENGINE!r} is {type(engine).__name__}")
    return engine


def _engine(name: str, version: str) -> Engine:
    engine = engine_for(name, version)
    return with_themes(engine, version) if isinstance(engine, EmbeddedEngine) else engine
