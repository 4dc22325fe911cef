"""Which engine answers; the one door through which pages, API and workers ask for labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.engines.base import Item, Verdict
from analysis.routing.releases import engine_for

#: Most texts that are answered while the caller waits.
MAX_IMMEDIATE = 20


def label_items(items: Sequence[Item], *, engine: str, version: str = "") -> dict[str, Verdict]:
    """Verdicts by item id; an answer that lacks or invents an id is an error, never a shifted label.

    Without a version the active one answers. Ask ``engine_version`` first where the answer is filed under it.
    """
    verdicts = engine_for(engine, version).label(items)
    wanted = {item.id for item in items}
    if verdicts.keys() != wanted:
        missing, invented = len(wanted - verdicts.keys()), len(verdicts.keys() - wanted)
        raise ValueError(f"Engine {engine!r} left out {missing} items and invented {invented}")
    return verdicts


def label_texts(texts: Mapping[str, str], *, engine: str, version: str = "") -> dict[str, Verdict]:
    """Verdicts by the caller's own ids."""
    return label_items([Item(id=key, text=text) for key, text in texts.items()], engine=engine, version=version)


def engine_version(engine: str, wanted: str = "") -> str:
    """The version that the engine files its results under when this one is wanted; ValueError for an unknown engine."""
    return engine_for(engine, wanted).version
