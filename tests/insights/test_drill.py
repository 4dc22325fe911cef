"""A number leads to its comments also where the filter already speaks of the same label."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from analysis.insights.drill import during, having, naming, rated
from analysis.insights.filters import CommentFilter
from analysis.insights.nps import Nps, Sentiments
from analysis.insights.overview import Point

MARCH = Point(date(2026, 3, 1), date(2026, 4, 1), 5, Sentiments(), Nps())


def test_a_label_is_asked_for_besides_those_of_the_filter() -> None:
    speed = CommentFilter(theme=("speed",))
    assert naming(CommentFilter(), "theme", "price") == CommentFilter(theme=("price",))
    price = naming(speed, "theme", "price")
    assert price == replace(speed, theme__all=("price",))
    assert naming(price, "theme", "billing") == replace(speed, theme__all=("billing", "price"))
    towards = naming(price, "theme", "price", sentiment="negative")
    assert towards == replace(speed, theme__all=("price", "price:negative"))
    assert naming(CommentFilter(emotion=("joy",)), "emotion", "hope").emotion__all == ("hope",)


def test_a_sentiment_towards_a_theme_does_not_stick_to_another_one() -> None:
    negative = CommentFilter(theme_sentiment=("negative",))
    assert naming(negative, "theme", "price") == replace(negative, theme__all=("price",))


def test_nothing_is_behind_what_the_filter_rules_out() -> None:
    chosen = CommentFilter(sentiment=("negative", "mixed"), is_duplicate=False, rating__lt=5, rating__gte=2)
    assert having(chosen, "sentiment", "positive") is None
    assert having(chosen, "sentiment", "mixed") == replace(chosen, sentiment=("mixed",))
    assert having(chosen, "is_duplicate", True) is None
    assert having(chosen, "is_duplicate", False) == chosen
    assert rated(chosen, 7) is None
    assert rated(CommentFilter(rating__lt=10), 10) is None


@pytest.mark.parametrize(
    ("rating_bin", "least", "below"), [(0, 0.0, 1.0), (4, 4.0, 4.5), (2, 2.5, 3.0), (10, 10.0, None)]
)
def test_a_bin_of_ratings_keeps_tighter_bounds(rating_bin: int, least: float, below: float | None) -> None:
    bounds = {2: CommentFilter(rating__gte=2.5), 4: CommentFilter(rating__lt=4.5)}
    chosen = rated(bounds.get(rating_bin, CommentFilter()), rating_bin)
    assert chosen
    assert (chosen.rating__gte, chosen.rating__lt) == (least, below)


def test_a_period_keeps_tighter_bounds_and_wants_a_date_from_the_file() -> None:
    tenth = datetime(2026, 3, 10, tzinfo=UTC)
    whole = during(CommentFilter(), MARCH)
    part = during(CommentFilter(created_at__gte=tenth), MARCH)
    assert whole
    assert part
    assert whole.to_params() == {
        "created_at__gte": ["2026-03-01T03:00:00Z"],
        "created_at__lt": ["2026-04-01T03:00:00Z"],
        "has_date": ["true"],
    }
    assert (part.created_at__gte, part.created_at__lt) == (tenth, whole.created_at__lt)
    assert during(CommentFilter(created_at__lt=datetime(2026, 2, 1, tzinfo=UTC)), MARCH) is None
    assert during(CommentFilter(has_date=False), MARCH) is None
