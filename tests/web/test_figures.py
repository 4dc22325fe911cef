"""Figures as people in Paraguay write them, and in English."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import translation

from analysis.web import figures


@pytest.mark.parametrize(
    ("value", "decimals", "spanish", "english"),
    [
        (1234.5, 1, "1.234,5", "1,234.5"),
        (1234567, 0, "1.234.567", "1,234,567"),
        (-11.58, 1, "−11,6", "−11.6"),
        (-0.04, 1, "0,0", "0.0"),
        (None, 0, "–", "–"),
    ],
)
def test_numbers(value: float | None, decimals: int, spanish: str, english: str) -> None:
    assert figures.number(value, decimals) == spanish
    with translation.override("en"):
        assert figures.number(value, decimals) == english


def test_changes_show_their_sign() -> None:
    assert [figures.signed(value) for value in (2.34, -2.34, 0.0, 0.04, None)] == ["+2,3", "−2,3", "0,0", "0,0", "–"]


def test_shares_are_percentages() -> None:
    assert figures.percent(0.324) == "32,4\u00a0%"
    assert figures.percent(None) == "–"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"), (0.4, "menos de un segundo"), (1, "1 segundo"), (89, "89 segundos"), (95, "2 minutos"),
        (5399, "90 minutos"), (7200, "2 horas"),
    ],
)  # fmt: skip
def test_durations_take_the_unit_that_fits(seconds: float | None, words: str) -> None:
    assert figures.duration(seconds) == words


def test_sizes_are_in_kilobytes_or_megabytes() -> None:
    sizes = [figures.size(count) for count in (10, 33_331, 1_250_000, 209_715_200)]
    assert sizes == ["1\u00a0kB", "33\u00a0kB", "1,2\u00a0MB", "209\u00a0MB"]


@pytest.mark.parametrize("language", ["es", "en"])
def test_dates_begin_with_the_day(language: str) -> None:
    moment = datetime(2026, 3, 4, 15, 6, tzinfo=ZoneInfo("America/Asuncion"))
    with translation.override(language):
        assert Template("{{ moment|date:'DATETIME_FORMAT' }}").render(Context({"moment": moment})) == "04/03/2026 15:06"
