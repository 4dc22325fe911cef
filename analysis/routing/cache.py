"""Verdicts that were given a moment ago, kept in the process: the same text and engine version get the same verdict.

For engines that answer in less time than a Redis takes to be asked, memory is the only cache that pays. A verdict never
goes stale: whatever may change it (rules, model, taxonomy) is part of the engine's version, which is part of the key.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from cachetools import LRUCache
from django.conf import settings

from analysis.engines.base import Verdict
from perf.metrics import count
from perf.resources import on_pressure

HITS, MISSES = "cache.verdicts.hits", "cache.verdicts.misses"


class VerdictCache:
    """The verdicts used last, ``most`` of them at most; safe to use from several threads. With 0 it keeps nothing."""

    def __init__(self, most: int) -> None:
        self._kept: LRUCache[tuple[str, str, str], Verdict] = LRUCache(most)
        self._lock = threading.Lock()

    def find(self, texts: Mapping[str, str], *, engine: str, version: str) -> dict[str, Verdict]:
        """The verdicts that are known, by the caller's ids; what was found and what was not is counted."""
        with self._lock:
            found = {
                name: verdict for name, text in texts.items() if (verdict := self._kept.get((engine, version, text)))
            }
        if found:
            count(HITS, len(found))
        if len(found) < len(texts):
            count(MISSES, len(texts) - len(found))
        return found

    def keep(self, texts: Mapping[str, str], verdicts: Mapping[str, Verdict], *, engine: str, version: str) -> None:
        """Keep a verdict for each text that has one."""
        if not self._kept.maxsize:
            return
        with self._lock:
            for name, verdict in verdicts.items():
                self._kept[engine, version, texts[name]] = verdict

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)


verdicts = VerdictCache(settings.VERDICTS_KEPT)
"""The one of this process."""
on_pressure(verdicts.forget)
