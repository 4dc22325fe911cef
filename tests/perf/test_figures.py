"""Numbers are short, and written as the reader's language does."""

from __future__ import annotations

import pytest
from django.utils import translation

from perf.figures import short


@pytest.mark.parametrize(
    ("value", "spanish", "english"),
    [(3.0, "3", "3"), (0.9134, "0,913", "0.913"), (0.8, "0,8", "0.8"), (98.13, "98,1", "98.1"), (100.4, "100", "100"),
     (12345.6, "12.346", "12,346"), (0.0, "0", "0"), (-2.5, "-2,5", "-2.5"), (0.00212, "0,00212", "0.00212")],
)  # fmt: skip
def test_three_figures_count(value: float, spanish: str, english: str) -> None:
    with translation.override("es"):
        assert short(value) == spanish
    with translation.override("en"):
        assert short(value) == english
