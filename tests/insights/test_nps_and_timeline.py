"""NPS and net sentiment are different things, and time has no gaps."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.insights.nps import Nps, Sentiments
from analysis.insights.timeline import SPANS, start_of, timeline_of

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))
ROWS = st.lists(
    st.tuples(
        st.none() | DAYS,
        st.sampled_from(["positive", "neutral", "negative", "mixed", ""]),
        st.sampled_from(["promoter", "passive", "detractor", ""]),
        st.integers(1, 50),
    ),
    max_size=30,
)


def test_nps_is_promoters_minus_detractors_by_all_who_rated() -> None:
    nps = Nps(promoters=274, passives=200, detractors=372)
    assert nps.n == 846
    assert nps.score == pytest.approx(-11.58, abs=0.01)


def test_without_ratings_nps_is_no_data_and_not_zero() -> None:
    assert Nps().score is None
    assert Nps(passives=3).score == 0


def test_net_sentiment_counts_mixed_and_neutral_in_the_whole() -> None:
    assert Sentiments(positive=3, neutral=1, negative=1, mixed=5).net == pytest.approx(20)
    assert Sentiments().net is None


@given(ROWS)
def test_a_timeline_counts_every_dated_comment_once_and_has_no_gaps(rows: list[tuple]) -> None:  # type: ignore[type-arg]
    timeline = timeline_of(rows)
    assert timeline.undated == sum(n for day, _sentiment, _group, n in rows if day is None)
    assert sum(point.n for point in timeline.points) == sum(n for day, _s, _g, n in rows if day is not None)
    for before, after in zip(timeline.points, timeline.points[1:], strict=False):
        assert before.end == after.start
    for point in timeline.points:
        inside = [row for row in rows if row[0] is not None and point.start <= row[0] < point.end]
        assert point.n == sum(row[3] for row in inside)
        assert point.sentiments.negative == sum(row[3] for row in inside if row[1] == "negative")
        assert point.nps.promoters == sum(row[3] for row in inside if row[2] == "promoter")
        assert start_of(timeline.unit, point.start) == point.start


@pytest.mark.parametrize(
    ("days", "unit"), [(1, "day"), (61, "day"), (SPANS["day"], "week"), (SPANS["week"], "month"), (5000, "year")]
)
def test_long_spans_are_shown_in_longer_units(days: int, unit: str) -> None:
    first = date(2026, 3, 4)
    timeline = timeline_of([(first, "positive", "", 1), (first + timedelta(days=days), "negative", "", 1)])
    assert timeline.unit == unit
    assert len(timeline.points) <= 125


def test_weeks_begin_on_monday() -> None:
    assert start_of("week", date(2026, 3, 8)) == date(2026, 3, 2)
