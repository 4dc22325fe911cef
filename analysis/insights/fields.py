"""How each filter parameter is written in a URL, read and written back."""

from __future__ import annotations

import difflib
import math
import unicodedata
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

MAX_TEXT = 200
MAX_VALUES = 100
MAX_ROW = 2**31 - 1
_YEARS = range(1900, 2200)
_GROUP_DIGITS = 6
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


#: Tells the codes of a field that may change while the process lives.
Ask = Callable[[], Collection[str]]


class FilterError(Exception):
    """A parameter that is unknown, or whose value cannot be meant; ``message`` and ``hint`` are translated."""

    def __init__(self, field: str, message: str, hint: str = "") -> None:
        super().__init__(f"{field}: {message} {hint}".strip())
        self.field = field
        self.message = message
        self.hint = hint


class _ValueRefused(Exception):
    """A value's message and hint, before the parameter's name is known."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known words, or all of them when none is near."""
    known = sorted(known)
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.6)
    if near:
        return _("Did you mean %(words)s?") % {"words": ", ".join(near)}
    return _("Known: %(words)s.") % {"words": ", ".join(known)}


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter: ``read`` makes a value of a string or raises, ``write`` is its canonical inverse.

    A field that is ``many`` takes several values, any of which may hold: ``name=a`` or ``name__in=a,b``. Where values
    are free text, ``name__in`` is repeated instead, since they may hold commas.
    """

    name: str
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    many: bool = False
    commas: bool = False

    @property
    def several(self) -> str:
        """The parameter that takes several values."""
        return self.name if self.name.endswith("__all") else f"{self.name}__in"

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that set this field."""
        return (self.name, self.several) if self.many and self.several != self.name else (self.name,)

    def parse(self, given: dict[str, list[str]]) -> Any:
        """The value of this field in ``given`` (blank strings left out), or None; raises ``FilterError``."""
        present = [name for name in self.names if given.get(name)]
        if not present:
            return None
        if len(present) > 1:
            raise FilterError(present[1], _("Given together with %(name)s.") % {"name": self.name}, _("Give only one."))
        name = present[0]
        values = given[name]
        if len(values) > 1 and not (self.many and name == self.several):
            hint = _("Use %(name)s for several values.") % {"name": self.several} if self.many else _("Give only one.")
            raise FilterError(name, _("Given %(count)d times.") % {"count": len(values)}, hint)
        if not self.many:
            return self._read(name, values[0])
        parts = [part for value in values for part in self._parts(name, value)]
        if len(parts) > MAX_VALUES:
            raise FilterError(name, _("More than %(count)d values.") % {"count": MAX_VALUES})
        return tuple(sorted({self._read(name, part) for part in parts}))

    def to_params(self, value: Any) -> dict[str, list[str]]:
        """``value`` as the parameters that ``parse`` would make it of; {} for None and ()."""
        if value is None or value == ():
            return {}
        if not self.many:
            return {self.name: [self.write(value)]}
        values = [self.write(item) for item in value]
        if len(values) == 1:
            return {self.name: values}
        return {self.several: [",".join(values)] if self.commas else values}

    def _parts(self, name: str, value: str) -> Sequence[str]:
        if name != self.several or not self.commas:
            return [value]
        return [part.strip() for part in value.split(",") if part.strip()]

    def _read(self, name: str, value: str) -> Any:
        try:
            return self.read(value.strip())
        except _ValueRefused as refused:
            raise FilterError(name, refused.message, refused.hint) from None


def choice(name: str, codes: Iterable[str] = (), *, ask: Ask | None = None) -> Field:
    """A field of codes, any of which may hold; ``ask`` tells the codes where they change."""
    return Field(name, _one_of(ask or _fixed(codes)), many=True, commas=True)


def every(name: str, codes: Iterable[str] = (), *, ask: Ask | None = None) -> Field:
    """A field of values that must all hold, ``name__all=a,b``; free text (repeated) when no codes are given."""
    codes = frozenset(codes)
    if not codes and ask is None:
        return Field(name, _read_text, many=True)
    return Field(name, _one_of(ask or _fixed(codes)), many=True, commas=True)


def _fixed(codes: Iterable[str]) -> Ask:
    known = frozenset(codes)
    return lambda: known


def _one_of(ask: Ask) -> Callable[[str], str]:
    def read(value: str) -> str:
        known = ask()
        if value not in known:
            shown = value[:60]
            raise _ValueRefused(_("“%(value)s” is not a known value.") % {"value": shown}, did_you_mean(shown, known))
        return value

    return read


def text(name: str, *, many: bool = False) -> Field:
    """A field of free text."""
    return Field(name, _read_text, many=many)


def number(name: str, least: float, most: float) -> Field:
    """A field of a decimal number within bounds."""

    def read(value: str) -> float:
        try:
            result = float(value)
        except ValueError:
            result = math.nan
        if not least <= result <= most:
            limits = {"least": f"{least:g}", "most": f"{most:g}"}
            raise _ValueRefused(_("Not a number from %(least)s to %(most)s.") % limits, _("Write it as in 7.5."))
        return result + 0.0  # -0.0 and 0.0 are one value

    return Field(name, read, write=repr)


def row(name: str) -> Field:
    """A field of a row number, 1 at least."""

    def read(value: str) -> int:
        if not (value.isascii() and value.isdigit() and len(value) <= 10 and 1 <= int(value) <= MAX_ROW):
            raise _ValueRefused(_("Not a row number."), _("Rows are counted from 1."))
        return int(value)

    return Field(name, read)


def moment(name: str) -> Field:
    """A field of a date (its first instant in the product's time zone) or a moment in ISO 8601."""
    return Field(name, _read_moment, write=_write_moment)


def boolean(name: str) -> Field:
    """A field of true or false."""

    def read(value: str) -> bool:
        if value.lower() not in _BOOLEANS:
            raise _ValueRefused(_("Neither true nor false."), _("Write true or false."))
        return _BOOLEANS[value.lower()]

    return Field(name, read, write=lambda value: str(value).lower())


def identifier(name: str) -> Field:
    """A field of a UUID."""

    def read(value: str) -> uuid.UUID:
        try:
            return uuid.UUID(value)
        except ValueError:
            raise _ValueRefused(_("Not an id."), _("Ids look like 01990f3e-7b1c-7c4a-9d2e-0123456789ab.")) from None

    return Field(name, read)


def group(name: str) -> Field:
    """A field of a group of a discovery: its id, a colon and the group's number, 0 for what is in none."""

    def read(value: str) -> str:
        found, _colon, number = value.partition(":")
        try:
            known = uuid.UUID(found)
        except ValueError:
            known = None
        if known is None or not (number.isascii() and number.isdigit() and len(number) <= _GROUP_DIGITS):
            raise _ValueRefused(_("Not a group."), _("The page “Discover” leads to its groups."))
        return f"{known}:{int(number)}"

    return Field(name, read)


def _read_text(value: str) -> str:
    if len(value) > MAX_TEXT:
        raise _ValueRefused(_("Longer than %(count)d characters.") % {"count": MAX_TEXT})
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        raise _ValueRefused(_("Has control characters."))
    return value


def _read_moment(value: str) -> datetime:
    hint = _("Write a date such as 2026-03-01, or a moment such as 2026-03-01T15:30:00Z.")
    try:
        result = datetime.fromisoformat(value)
    except ValueError:
        raise _ValueRefused(_("Not a date."), hint) from None
    if result.year not in _YEARS:
        raise _ValueRefused(_("Not a date."), hint)
    return timezone.make_aware(result).astimezone(UTC) if timezone.is_naive(result) else result.astimezone(UTC)


def _write_moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def start_of_day(day: date) -> datetime:
    """The first instant of a day in the product's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))
