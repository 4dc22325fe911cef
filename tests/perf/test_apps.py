"""What every process of the product begins with."""

from __future__ import annotations

import gc

from perf import apps


def test_the_garbage_collector_is_calm_and_leaves_alone_what_stays() -> None:
    assert gc.get_threshold() == (apps.YOUNG_OBJECTS, apps.YOUNG_COLLECTIONS, apps.MIDDLE_COLLECTIONS)
    assert gc.isenabled()
    assert gc.get_freeze_count() > 100_000
