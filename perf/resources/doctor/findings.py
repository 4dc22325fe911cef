"""Rules, and what they find in a reading. Plain data in, plain data out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise

Reading = Mapping[str, Any]
Words = str | Promise


class Severity(StrEnum):
    """``UNSEEN``: this process may not look there, or there is no such thing on this machine."""

    BAD = "bad"
    ADVICE = "advice"
    UNSEEN = "unseen"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found; ``value`` is "" when it could not be seen, ``fix`` is "" when nothing is to be done."""

    name: str
    value: str
    wanted: str
    why: Words
    fix: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """What one value of a reading should be.

    ``good`` is given the value and the whole reading; ``wanted`` and ``fix`` may depend on the reading too. ``show``
    writes the value for people. A value of None was not seen.
    """

    key: str
    wanted: Words | Callable[[Reading], Words]
    good: Callable[[Any, Reading], bool]
    why: Words
    fix: str | Callable[[Reading], str]
    otherwise: Severity = Severity.ADVICE
    name: Words = ""
    show: Callable[[Any], str] = str

    def judge(self, reading: Reading) -> Finding:
        """What the rule finds."""
        value = reading.get(self.key)
        name, wanted = str(self.name or self.key), str(self.wanted(reading) if callable(self.wanted) else self.wanted)
        if value is None:
            return Finding(name, "", wanted, self.why, "", Severity.UNSEEN)
        if self.good(value, reading):
            return Finding(name, self.show(value), wanted, self.why, "", Severity.GOOD)
        fix = self.fix(reading) if callable(self.fix) else self.fix
        return Finding(name, self.show(value), wanted, self.why, fix, self.otherwise)


def at_least(least: float) -> Callable[[Any, Reading], bool]:
    """A rule's ``good``: the value is so much or more."""
    return lambda value, _reading: bool(value >= least)


def at_most(most: float) -> Callable[[Any, Reading], bool]:
    """A rule's ``good``: the value is so much or less."""
    return lambda value, _reading: bool(value <= most)


def one_of(*allowed: Any) -> Callable[[Any, Reading], bool]:
    """A rule's ``good``: the value is one of these."""
    return lambda value, _reading: value in allowed


def size(value: float) -> str:
    """Bytes for people: ``512 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(value) < 1024:
            return f"{value:.0f} {unit}" if value >= 10 or value == int(value) else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TB"


def percent(value: float) -> str:
    """A share of 1 for people: ``80 %``."""
    return f"{100 * value:.0f} %"


def on_off(value: bool) -> str:
    """A switch for people."""
    return "on" if value else "off"
