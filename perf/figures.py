"""Numbers as people read them."""

from __future__ import annotations

from django.utils.formats import number_format


def short(value: float) -> str:
    """Three figures that count, written as the reader's language does."""
    rounded = float(f"{value:.3g}")
    return number_format(round(value) if rounded.is_integer() or abs(value) >= 100 else rounded)
