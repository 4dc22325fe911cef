"""What a knob is, and the list of those there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

Ceiling = Callable[[], float | None]
"""The most that the machine bears now; None when nobody can tell."""


@dataclass(frozen=True, slots=True)
class Knob:
    """A declared knob: its bounds, its step and the value it has until somebody turns it.

    ``mode`` is what the tuner may do with it until somebody says otherwise: "off", "suggest" or "auto". ``ceiling``
    lowers the upper bound to what the machine bears. ``otherwise`` says what counts while the knob is not in force; ""
    where its value always does.
    """

    name: str
    label: str | Promise
    explanation: str | Promise
    unit: str | Promise
    default: float
    low: float
    high: float
    step: float
    mode: str = "off"
    ceiling: Ceiling | None = None
    otherwise: str | Promise = ""


_knobs: dict[str, Knob] = {}


def declare(knob: Knob) -> Knob:
    """Make a knob known; called where apps get ready."""
    _knobs[knob.name] = knob
    return knob


def declared() -> list[Knob]:
    """All of them, by name."""
    return [_knobs[name] for name in sorted(_knobs)]


def find(name: str) -> Knob | None:
    """The knob of that name; None for one that no code declares (any more)."""
    return _knobs.get(name)


def clamped(value: float, low: float, high: float) -> float:
    """The value, or the bound that it is beyond."""
    return min(max(value, low), high)
