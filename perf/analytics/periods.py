"""The periods that bottlenecks are looked for in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Period:
    """So many minutes up to now, drawn in so many slices."""

    code: str
    label: str | Promise
    minutes: int
    slices: int

    @property
    def length(self) -> timedelta:
        """All of it."""
        return timedelta(minutes=self.minutes)

    @property
    def slice(self) -> timedelta:
        """One slice of it."""
        return self.length / self.slices

    @property
    def hours(self) -> float:
        """All of it, in hours."""
        return self.minutes / 60


PERIODS = (
    Period("15m", _("15 minutes"), 15, 15),
    Period("1h", _("1 hour"), 60, 30),
    Period("24h", _("24 hours"), 24 * 60, 48),
    Period("7d", _("7 days"), 7 * 24 * 60, 56),
)
_DEFAULT = PERIODS[1]


def period_of(code: str) -> Period:
    """The period of that code; an hour when there is none."""
    return next((each for each in PERIODS if each.code == code), _DEFAULT)
