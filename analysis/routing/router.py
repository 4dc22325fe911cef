"""Which engine answers; the one door through which pages, API and workers ask for labels."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from analysis.engines.base import Engine, Item, Verdict
from analysis.engines.embedded.engine import EmbeddedEngine
from analysis.engines.registry import DEFAULT_ENGINE, TRANSFORMER
from analysis.engines.transformer.engine import TransformerEngine
from analysis.engines.transformer.unavailable import SETTING, TransformerUnavailable
from analysis.routing import cache, releases, remote
from analysis.routing.releases import engine_for
from analysis.routing.remote import (
    CACHED,
    NOT_INSTALLED,
    PROVIDED,
    Labels,
    Terms,
    Unusable,
    is_remote,
    themes_of,
    version_of,
)
from analysis.routing.taxonomy import with_themes
from analysis.routing.usage import add_usage

_AND = "+"
"""In a version, what comes before it is the embedded engine's that reads along."""
WAITING = Terms(patience=25.0)
"""Somebody waits, and had better have provisional labels than none."""

#: Most texts that are answered while the caller waits.
MAX_IMMEDIATE = 20


class Route(StrEnum):
    """Which way an answer came: from memory or cache, in a batch with others', at once, or by the queue."""

    CACHE = "cache"
    BATCH = "batch"
    IMMEDIATE = "immediate"
    QUEUE = "queue"


class Answer(NamedTuple):
    """Verdicts by the caller's ids, which way they came, the reasons of fallbacks, and of texts without a verdict."""

    verdicts: dict[str, Verdict]
    route: Route
    fallbacks: dict[str, str]
    left: dict[str, str]


def answer(texts: Mapping[str, str], *, engine: str, version: str, terms: Terms = WAITING) -> Answer:
    """Verdicts for somebody who waits: those of the cache, and of the engine for the rest. Raises ``Unusable``."""
    known = cache.verdicts.find(texts, engine=engine, version=version)
    if known.keys() == texts.keys():
        return Answer(known, Route.CACHE, {}, {})
    missing = {name: text for name, text in texts.items() if name not in known}
    labels = Labels()
    for some in label_stream(missing, engine=engine, version=version, terms=terms):
        labels.add(some)
    if labels.ways:
        add_usage(engine, labels.ways)
    good = {name: verdict for name, verdict in labels.verdicts.items() if name not in labels.fallbacks}
    cache.verdicts.keep(missing, good, engine=engine, version=version)
    return Answer(known | labels.verdicts, _route(labels), labels.fallbacks, labels.left)


def label_stream(
    texts: Mapping[str, str], *, engine: str, version: str = "", terms: Terms = WAITING
) -> Iterator[Labels]:
    """Verdicts by the caller's own ids, told as they come; an engine of this process tells all at once.

    Raises ``Unusable``, and whatever an engine of this process raises.
    """
    if not is_remote(engine):
        yield Labels(label_texts(texts, engine=engine, version=version))
        return
    verdicts = label_texts(texts, engine=DEFAULT_ENGINE, version=local_part(version))
    yield from label_remotely(texts, verdicts, engine=engine, version=version, terms=terms)


def label_remotely(
    texts: Mapping[str, str], local: Mapping[str, Verdict], *, engine: str, version: str, terms: Terms
) -> Iterator[Labels]:
    """As ``label_stream``, for an engine of the network; ``local`` is what ``local_part(version)`` said of each."""
    themes = themes_of(_local(version))
    return remote.label(texts, local, engine=engine, themes=themes, terms=terms)


def local_engine(engine: str) -> str:
    """The engine of this process that labels, or that reads along with one of the network."""
    return DEFAULT_ENGINE if is_remote(engine) else engine


def local_part(version: str) -> str:
    """The version of the embedded engine that reads along."""
    return version.split(_AND)[0]


def label_items(items: Sequence[Item], *, engine: str, version: str = "") -> dict[str, Verdict]:
    """Verdicts by item id, of the version that ``engine_version`` answered before, or of the one of now.

    An answer that lacks or invents an id is an error, never a shifted label.
    """
    return _complete(_engine(engine, version).label(items), {item.id for item in items}, engine)


def label_texts(texts: Mapping[str, str], *, engine: str, version: str = "") -> dict[str, Verdict]:
    """Verdicts by the caller's own ids."""
    return label_items([Item(id=key, text=text) for key, text in texts.items()], engine=engine, version=version)


def engine_version(engine: str, begun_with: str = "") -> str:
    """The version that the engine files its results under; raises ValueError for an unknown engine, ``Unusable`` for
    one that nobody has set up.

    ``begun_with`` is the version that a run was begun with: its model and its taxonomy go on labelling that run.
    """
    if is_remote(engine):
        return version_of(engine, _local(begun_with))
    return _engine(engine, begun_with).version


def is_known(engine: str, version: str) -> bool:
    """Whether this version can label here."""
    if not is_remote(engine) and engine != TRANSFORMER:
        return releases.is_known(engine, version)
    try:
        return releases.is_known(DEFAULT_ENGINE, local_part(version)) and engine_version(engine, version) == version
    except Unusable:
        return False


def engine_called(name: str) -> Engine:
    """An engine of this process as it labels now; raises ``Unusable``, and ``ValueError`` for an unknown name."""
    return _engine(name, "")


def embedded_engine() -> EmbeddedEngine:
    """The embedded engine as it labels now."""
    return _local("")


def _local(version: str) -> EmbeddedEngine:
    """The embedded engine that reads along in a version."""
    engine = _engine(DEFAULT_ENGINE, local_part(version))
    if not isinstance(engine, EmbeddedEngine):
        raise TypeError(f"{DEFAULT_ENGINE!r} is {type(engine).__name__}")
    return engine


def _engine(name: str, version: str) -> Engine:
    if name == TRANSFORMER:
        return _transformer(_local(version))
    engine = engine_for(name, version)
    return with_themes(engine, version) if isinstance(engine, EmbeddedEngine) else engine


@lru_cache(maxsize=2)
def _transformer(local: EmbeddedEngine) -> TransformerEngine:
    """The model of ``TRANSFORMER_DIR`` beside this embedded engine; raises ``Unusable`` with what is missing."""
    try:
        if not settings.TRANSFORMER_DIR:
            raise TransformerUnavailable(f"Set {SETTING} to a folder with a model for sentiment.")
        return TransformerEngine(Path(settings.TRANSFORMER_DIR), local)
    except TransformerUnavailable as error:
        raise Unusable(TRANSFORMER, NOT_INSTALLED, str(error)) from error


def _complete(verdicts: dict[str, Verdict], wanted: Collection[str], engine: str) -> dict[str, Verdict]:
    """The verdicts, if they are of the very items that were asked for."""
    if verdicts.keys() != set(wanted):
        missing, invented = len(set(wanted) - verdicts.keys()), len(verdicts.keys() - set(wanted))
        raise ValueError(f"Engine {engine!r} left out {missing} items and invented {invented}")
    return verdicts


def _route(labels: Labels) -> Route:
    if labels.ways[PROVIDED]:
        return Route.BATCH
    return Route.CACHE if labels.ways[CACHED] else Route.IMMEDIATE
