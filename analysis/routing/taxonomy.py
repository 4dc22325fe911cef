"""Which taxonomy labels, asked as often as one likes: every process keeps it, and looks each second whether it changed.

What it looks at is a stamp in the cache that a publication sets and the sweeper sets again; without the cache, the
table of versions. So all processes follow a publication within seconds, and ordinary requests ask the database nothing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import structlog
from django.core.cache import cache
from django.db.models import Max, Q

from analysis.engines.embedded.engine import EmbeddedEngine, version_mark
from analysis.engines.embedded.tables import TableError
from analysis.engines.embedded.taxonomy import Taxonomy, Theme
from analysis.models import TaxonomyVersion

STAMP_KEY = "taxonomy:active"
NOTHING_PUBLISHED = "0::0"
_STAMP_SECONDS = 3600
_LOOK_SECONDS = 1.0
_MARK = re.compile(r"-t([0-9a-f]{12})(?![0-9a-f])")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Current:
    """The taxonomy that labels, the number of its version (0 is the built-in one), and every theme and sub-theme
    that any version knew, by full code: results outlive the themes they name."""

    number: int
    taxonomy: Taxonomy
    known: Mapping[str, Theme]
    stamp: str
    look_again: float


_current: Current | None = None
"""What this process remembers; replaced as a whole, so that threads see one or the other."""


def current() -> Current:
    """What is active, at most a second old where the cache answers."""
    global _current
    kept, now = _current, time.monotonic()
    if kept is not None and now < kept.look_again:
        return kept
    stamp = cache.get(STAMP_KEY)
    if stamp is None:
        stamp = _stamp()
        cache.add(STAMP_KEY, stamp, _STAMP_SECONDS)
    same = kept is not None and kept.stamp == stamp
    _current = fresh = replace(kept, look_again=now + _LOOK_SECONDS) if kept and same else _read(stamp, now)
    return fresh


def active_taxonomy() -> Taxonomy:
    """The taxonomy that labels."""
    return current().taxonomy


def known_codes() -> frozenset[str]:
    """The codes of all themes that a result may name, retired ones too; without sub-themes."""
    return frozenset(code for code in current().known if "." not in code)


def announce() -> None:
    """Tell all processes what is active; call it when a change of that is committed."""
    global _current
    cache.set(STAMP_KEY, _stamp(), _STAMP_SECONDS)
    _current = None


def with_themes(engine: EmbeddedEngine, version: str = "") -> EmbeddedEngine:
    """The engine with the taxonomy that ``version`` was labelled with; "" or a lost one: the active one."""
    taxonomy = _taxonomy_of(version) or active_taxonomy()
    if taxonomy.is_built_in:
        return engine
    try:
        return _made(engine, taxonomy)
    except TableError as error:
        # Valid when it was published; a release took away what it needs, such as a set of words.
        _log.error("taxonomy_unusable", digest=taxonomy.digest, error=str(error))
        return engine


@lru_cache(maxsize=4)
def _made(engine: EmbeddedEngine, taxonomy: Taxonomy) -> EmbeddedEngine:
    return engine.with_taxonomy(taxonomy)


def _taxonomy_of(version: str) -> Taxonomy | None:
    """The taxonomy behind a version of the engine; None when it is not known."""
    if not version:
        return None
    mark = _MARK.search(version)
    if mark is None:
        return Taxonomy.built_in()
    active = active_taxonomy()
    return active if version_mark(active) == mark[0] else _by_digest(mark[1])


def _by_digest(digest: str) -> Taxonomy | None:
    """A snapshot that is not the active one, kept while a run needs it."""
    kept = _older(digest)
    if kept is None:
        _older.cache_clear()  # a digest that is not there yet must not stay unknown
    return kept


@lru_cache(maxsize=4)
def _older(digest: str) -> Taxonomy | None:
    row = TaxonomyVersion.objects.filter(digest=digest).first()
    return Taxonomy.from_plain(row.snapshot) if row else None


def _stamp() -> str:
    """Which version is active, and which one is the newest."""
    is_active = Q(is_active=True)
    told = TaxonomyVersion.objects.aggregate(
        active=Max("number", filter=is_active), content=Max("digest", filter=is_active), newest=Max("number")
    )
    return f"{told['active'] or 0}:{told['content'] or ''}:{told['newest'] or 0}"


def _read(stamp: str, now: float) -> Current:
    built_in = Taxonomy.built_in()
    known = {theme.code: theme for theme in built_in.every_theme()}
    look_again = now + _LOOK_SECONDS
    if stamp == NOTHING_PUBLISHED:
        return Current(0, built_in, known, stamp, look_again)
    for themes in TaxonomyVersion.objects.order_by("number").values_list("snapshot__themes", flat=True):
        known |= {theme.code: theme for theme in Taxonomy.from_plain({"themes": themes, "phrases": ()}).every_theme()}
    active = TaxonomyVersion.objects.filter(is_active=True).first()
    taxonomy = Taxonomy.from_plain(active.snapshot) if active else built_in
    known |= {theme.code: theme for theme in taxonomy.every_theme()}
    return Current(active.number if active else 0, taxonomy, known, stamp, look_again)
