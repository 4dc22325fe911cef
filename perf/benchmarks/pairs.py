"""Two variants in one run, in turns, so that both meet the same machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import TypeVar

from perf.benchmarks.registry import Better, Figure

T = TypeVar("T")


class Turns:
    """Measures variants one after the other; each round begins where the one before ended: ABBA."""

    def __init__(self) -> None:
        self._rounds = count()

    def round(self, variants: Mapping[str, Callable[[], T]]) -> dict[str, T]:
        """One measurement of each."""
        names = list(variants)
        order = names if next(self._rounds) % 2 == 0 else names[::-1]
        measured = {name: variants[name]() for name in order}
        return {name: measured[name] for name in names}


def improvement(off: float, on: float, better: Better) -> float:
    """By how many per cent ``on`` is better: of time or money less, of a rate more; below 0 where it is worse.

    A rate that doubles halves the time of each, and counts as that: 50 %.
    """
    if better == Better.HIGHER:
        off, on = on, off
    return 100 * (1 - on / off) if off else 0.0


def gained(name: str, off: Figure, on: Figure) -> dict[str, Figure]:
    """The improvement alone, where both sides are told under another name."""
    return {f"{name}: improvement": Figure(improvement(off.value, on.value, off.better), "%")}


def paired(name: str, off: Figure, on: Figure, *, target: float | None = None, why: str = "") -> dict[str, Figure]:
    """Both sides and the improvement, under names that begin with ``name``."""
    gained = improvement(off.value, on.value, off.better)
    return {
        f"{name}, off": Figure(off.value, off.unit),
        f"{name}, on": on,
        f"{name}: improvement": Figure(gained, "%", Better.NEITHER if target is None else Better.HIGHER, target, why),
    }
