"""Publishing taxonomies in tests, which take back their rows but not what processes remember of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture
def fresh_taxonomy(db: None) -> Iterator[None]:
    """Begin with the built-in taxonomy, and leave it behind."""
    nothing_is_published()
    yield
    nothing_is_published()


def nothing_is_published() -> None:
    """Say so to all processes, without asking the database."""
    from django.core.cache import cache

    from analysis.routing import taxonomy

    cache.set(taxonomy.STAMP_KEY, taxonomy.NOTHING_PUBLISHED)
    taxonomy._current = None
    taxonomy._older.cache_clear()
