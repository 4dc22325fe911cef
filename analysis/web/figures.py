"""Figures as text, in the reader's language: 1.234,5 in Spanish, 1,234.5 in English."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUS = "−"
NOTHING = "–"
_DOLLARS = 10


def number(value: float | None, decimals: int = 0) -> str:
    """With groups of three digits and a real minus sign."""
    if value is None:
        return NOTHING
    text = number_format(abs(round(value, decimals)), decimals, use_l10n=True, force_grouping=True)
    return f"{MINUS}{text}" if round(value, decimals) < 0 else text


def decimal(value: float | None, decimals: int = 3) -> str:
    """A share as it is, with its decimals."""
    return number(value, decimals)


def signed(value: float | None, decimals: int = 1) -> str:
    """Like ``number``, with a plus sign where it grew."""
    text = number(value, decimals)
    return f"+{text}" if value is not None and round(value, decimals) > 0 else text


def percent(share: float | None, decimals: int = 1) -> str:
    """A share of 0..1 as a percentage."""
    return NOTHING if share is None else f"{number(100 * share, decimals)}\u00a0%"


def duration(seconds: float | None) -> str:
    """About how long, in the largest unit that makes sense."""
    if seconds is None:
        return NOTHING
    if seconds < 1:
        return _("less than a second")
    if seconds < 90:
        whole = round(seconds)
        return ngettext("%(n)s second", "%(n)s seconds", whole) % {"n": number(whole)}
    if seconds < 5400:
        minutes = round(seconds / 60)
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": number(minutes)}
    hours = round(seconds / 3600)
    return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": number(hours)}


def size(count: float) -> str:
    """Bytes in kB or MB, of a thousand each; never more than there are from 10 MB on, where it may be a limit."""
    if count < 1_000_000:
        return f"{number(max(1, round(count / 1000)))}\u00a0kB"
    if count >= 10_000_000:
        return f"{number(count // 1_000_000)}\u00a0MB"
    return f"{number(count / 1_000_000, 1)}\u00a0MB"


def moment(at: datetime | None) -> str:
    """Date and time where the reader is."""
    return NOTHING if at is None else date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")


def money(amount: Decimal | None) -> str:
    """US dollars: to the cent, and below ten of them in hundredths of a cent, since a comment costs about that much."""
    if amount is None:
        return NOTHING
    decimals = 2 if not amount or abs(amount) >= _DOLLARS else 4
    return f"{number_format(round(amount, decimals), decimals, use_l10n=True, force_grouping=True)}\u00a0USD"
