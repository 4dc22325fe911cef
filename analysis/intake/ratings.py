"""Ratings on a scale of 0 to 10 and NPS groups, from what people write in such columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from analysis.text.normalise import fold

TEN, FIVE = "0-10", "1-5"
SCALES = (TEN, FIVE)
_NO_ANSWER = frozenset({"", "-", "--", "n/a", "na", "nd", "n/d", "s/d", "sd", "null", "none", "nan", "ns/nc", "nsnc"})
_RATING = re.compile(
    r"(?P<number>\d{1,3}(?:[.,]\d{1,6})?)\s*(?:(?:/|de|of|sobre)\s*(?P<top>5|10))?"
    r"(?:\s*(?:[-–—:.)(=]|\s)\s*(?P<label>[^\W\d][^\d]{0,60}))?"
)
_GROUPS = {
    "promotor": "promoter", "promotores": "promoter", "promotora": "promoter", "promoter": "promoter",
    "pasivo": "passive", "pasivos": "passive", "pasiva": "passive", "passive": "passive", "neutro": "passive",
    "neutral": "passive", "neutros": "passive",
    "detractor": "detractor", "detractores": "detractor", "detractora": "detractor",
}  # fmt: skip
_ENOUGH = 5
"""Ratings needed before a scale of 1 to 5 is believed."""


def nps_group(rating: float) -> str:
    """Return promoter (9 and 10), passive (7 and 8) or detractor (0 to 6) for a rating of 0 to 10."""
    if rating >= 9:
        return "promoter"
    return "passive" if rating >= 7 else "detractor"


@lru_cache(maxsize=8192)
def parse_rating(value: str, scale: str = TEN) -> float | None:
    """Return the rating on 0..10, None for no answer. Raises ValueError.

    "9", "9,5", "9/10" and "9 - muy bueno" are read; x of 1..5 becomes (x - 1) * 2.5.
    """
    value = value.strip()
    if value.lower() in _NO_ANSWER:
        return None
    match = _RATING.fullmatch(value)
    if not match:
        raise ValueError(value)
    number = float(match["number"].replace(",", "."))
    five = match["top"] == "5" or (match["top"] is None and scale == FIVE)
    if not (1 <= number <= 5 if five else 0 <= number <= 10):
        raise ValueError(value)
    return (number - 1) * 2.5 if five else number


@lru_cache(maxsize=4096)
def parse_nps(value: str) -> tuple[str | None, float | None]:
    """Return (group, number) of an NPS cell: a label gives a group only, 0..10 gives both, no answer neither.

    Raises ValueError.
    """
    group = _GROUPS.get(fold(value).strip(" .:()[]"))
    if group:
        return group, None
    number = parse_rating(value)
    return (None if number is None else nps_group(number)), number


def detect_scale(name: str, ratings: Sequence[str], groups: Iterable[str] = ()) -> str:
    """Return "1-5" or "0-10" from the column's name, its values, and the NPS labels beside them where there are any."""
    said = _scale_in_name(name)
    if said:
        return said
    numbers = [_number(value) for value in ratings]
    observed = [number for number in numbers if number is not None and number <= 10]
    if len(observed) < _ENOUGH or not all(1 <= number <= 5 for number in observed):
        return TEN
    pairs = [(number, _label(group)) for number, group in zip(numbers, groups, strict=False)]
    known = [(number, group) for number, group in pairs if number is not None and group]
    if known:
        five = sum(nps_group((number - 1) * 2.5) == group for number, group in known)
        ten = sum(nps_group(number) == group for number, group in known)
        return FIVE if five > ten else TEN
    return FIVE


def is_rating(value: str) -> bool:
    """Whether `value` reads as a rating, or as no answer, on some scale."""
    try:
        parse_rating(value)
    except ValueError:
        return False
    return True


def is_nps(value: str) -> bool:
    """Whether `value` reads as an NPS group or number, or as no answer."""
    try:
        parse_nps(value)
    except ValueError:
        return False
    return True


def _scale_in_name(name: str) -> str:
    folded = fold(name)
    if re.search(r"\b[01]\s*(?:-|a|al|to)\s*10\b|/\s*10\b", folded):
        return TEN
    return FIVE if re.search(r"\b1\s*(?:-|a|al|to)\s*5\b|/\s*5\b|\bestrellas\b|\bstars\b", folded) else ""


def _number(value: str) -> float | None:
    """A number that names no scale of its own."""
    match = _RATING.fullmatch(value.strip())
    return float(match["number"].replace(",", ".")) if match and match["top"] is None else None


def _label(value: str) -> str | None:
    return _GROUPS.get(fold(value).strip())
