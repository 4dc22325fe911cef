"""Dates as people, spreadsheets and programs write them, day first unless told otherwise, as ISO 8601."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

EARLIEST = dt.date(1990, 1, 1)
_EXCEL_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a serial number has no zone
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "enero ene january jan", "febrero feb february", "marzo mar march", "abril abr april apr", "mayo may",
            "junio jun june", "julio jul july", "agosto ago august aug", "septiembre setiembre sep set sept september",
            "octubre oct october", "noviembre nov november", "diciembre dic december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_TIME = (
    r"(?:[T\s,]+(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?:(?P<half>[ap])\.?\s?m\.?|hs?\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?)?"
)
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})" + _TIME, re.IGNORECASE
)
_YEAR_LAST = re.compile(
    r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<other>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})" + _TIME, re.IGNORECASE
)
_NAMED = re.compile(
    r"(?:[^\W\d_]{2,10},?\s+)?(?P<day>\d{1,2})[\s\-/.]*(?:de\s+)?(?P<name>[^\W\d_]{3,10})\.?[\s\-/.,]*(?:del?\s+)?"
    r"(?P<year>\d{4}|\d{2})" + _TIME,
    re.IGNORECASE,
)
_NAME_FIRST = re.compile(r"(?P<name>[a-z]{3,9})\.?\s+(?P<day>\d{1,2}),?\s+(?P<year>\d{4})" + _TIME, re.IGNORECASE)
_COMPACT = re.compile(r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})" + _TIME, re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,13}(?:[.,]\d+)?")


class DateRangeError(ValueError):
    """A date, but before EARLIEST or in the future."""


@lru_cache(maxsize=8192)
def parse_date(value: str, day_first: bool = True) -> str:
    """Return a date, or a date with its time, as ISO 8601; an offset only where `value` has one.

    Excel serial numbers and Unix times (seconds, milliseconds) are read too. Raises ValueError, DateRangeError.
    """
    value = value.strip()
    if len(value) > 60:
        raise ValueError(value)
    found = _from_number(value) or _from_match(value, day_first)
    day = found.date() if isinstance(found, dt.datetime) else found
    latest = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
    if not EARLIEST <= day <= latest:
        raise DateRangeError(value)
    return found.isoformat()


def order_of(value: str) -> bool | None:
    """Whether 25/12/2024 (True) or 12/25/2024 (False); None when `value` could be both or is neither."""
    match = _YEAR_LAST.fullmatch(value.strip())
    if not match:
        return None
    first, other = int(match["first"]), int(match["other"])
    if first > 12 >= other:
        return True
    return False if other > 12 >= first else None


def _from_number(value: str) -> dt.datetime | dt.date | None:
    """Excel serials have five digits here (1954 to 2173), Unix times ten or thirteen."""
    if not _NUMBER.fullmatch(value):
        return None
    number = float(value.replace(",", "."))
    if 20_000 <= number < 100_000:
        moment = _EXCEL_EPOCH + dt.timedelta(days=number)
        moment = (moment + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
        return moment if number % 1 else moment.date()
    if 1e12 <= number < 1e13:
        number /= 1000
    if 1e9 <= number < 1e10:
        return dt.datetime.fromtimestamp(int(number), dt.UTC)
    return None


def _from_match(value: str, day_first: bool) -> dt.datetime | dt.date:
    if match := _YEAR_LAST.fullmatch(value):
        first, other = int(match["first"]), int(match["other"])
        day, month = (first, other) if day_first else (other, first)
        return _build(match, _full_year(match["year"]), month, day)
    if match := _YEAR_FIRST.fullmatch(value) or _COMPACT.fullmatch(value):
        return _build(match, int(match["year"]), int(match["month"]), int(match["day"]))
    if match := _NAMED.fullmatch(value) or _NAME_FIRST.fullmatch(value):
        month = _MONTHS.get(match["name"].lower(), 0)
        return _build(match, _full_year(match["year"]), month, int(match["day"]))
    raise ValueError(value)


def _full_year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if year < 70 else 1900)


def _build(match: re.Match[str], year: int, month: int, day: int) -> dt.datetime | dt.date:
    date = dt.date(year, month, day)
    if match["hour"] is None:
        return date
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(match.group())
        hour = hour % 12 + (12 if match["half"].lower() == "p" else 0)
    time = dt.time(hour, int(match["minute"]), int(match["second"] or 0), _microseconds(match["fraction"]))
    return dt.datetime.combine(date, time, _zone(match["zone"]))


def _microseconds(fraction: str | None) -> int:
    return int(fraction[:6].ljust(6, "0")) if fraction else 0


def _zone(zone: str | None) -> dt.tzinfo | None:
    if not zone:
        return None
    if zone[0] not in "+-":
        return dt.UTC
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return dt.timezone(-offset if zone[0] == "-" else offset)
