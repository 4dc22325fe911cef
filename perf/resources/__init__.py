"""What a process takes of its machine: memory that is watched, a place in line for the processor, sockets.

Rooms above that keep something in memory for speed alone say so with :func:`on_pressure`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Drop = TypeVar("Drop", bound=Callable[[], object])

_droppers: list[Callable[[], object]] = []


def on_pressure(drop: Drop) -> Drop:
    """Have ``drop`` called when memory runs short, from a thread of the guard: it empties a cache of this process."""
    _droppers.append(drop)
    return drop


def droppers() -> tuple[Callable[[], object], ...]:
    """All that were handed to :func:`on_pressure`."""
    return tuple(_droppers)
