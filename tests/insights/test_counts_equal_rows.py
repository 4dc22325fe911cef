"""Every number equals the number of rows behind it, whatever the filter and the data."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.insights import aggregates, drill
from analysis.insights.comments import comments_for
from analysis.insights.filters import CommentFilter
from analysis.insights.overview import Overview
from tests.insights.conftest import Varied
from tests.insights.strategies import filters

pytestmark = pytest.mark.django_db
reading_only = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@reading_only
@given(data=st.data())
def test_the_rows_are_those_that_the_filter_describes(varied: Varied, data: st.DataObject) -> None:
    chosen = data.draw(filters(varied.first.pk))
    expected = {row.comment.pk for row in varied.rows if row.passes(chosen)}
    assert {comment.pk for comment in comments_for(chosen, sessions=varied.sessions)} == expected


@reading_only
@given(data=st.data())
def test_each_number_equals_the_rows_that_its_own_filter_returns(varied: Varied, data: st.DataObject) -> None:
    chosen = data.draw(filters(varied.first.pk, most=3))
    overview = aggregates.count(chosen, varied.sessions)
    numbers = list(numbers_of(chosen, overview))
    for name, number, behind in data.draw(st.lists(st.sampled_from(numbers), min_size=1, max_size=12, unique_by=id)):
        rows = comments_for(behind, sessions=varied.sessions).count() if behind else 0
        assert (name, number) == (name, rows)


def test_every_number_of_the_unfiltered_overview_equals_its_rows(varied: Varied) -> None:
    everything = CommentFilter()
    overview = aggregates.count(everything, varied.sessions)
    numbers = list(numbers_of(everything, overview))
    assert len(numbers) > 150
    for name, number, behind in numbers:
        assert behind is not None, name
        assert (name, number) == (name, comments_for(behind, sessions=varied.sessions).count())
        assert not name.startswith("sentiment") or number > 0


@reading_only
@given(data=st.data())
def test_texts_and_means_equal_those_worked_out_by_hand(varied: Varied, data: st.DataObject) -> None:
    chosen = data.draw(filters(varied.first.pk, most=2))
    overview = aggregates.count(chosen, varied.sessions)
    rows = [row for row in varied.rows if row.passes(chosen)]
    assert overview.distinct_texts == len({row.comment.fingerprint for row in rows})
    for mean, values in (
        (overview.mean_score, [row.score for row in rows]),
        (overview.mean_rating, [row.comment.rating for row in rows]),
        (overview.mean_confidence, [row.value("confidence") for row in rows]),
    ):
        known = [value for value in values if value is not None]
        assert mean == (pytest.approx(sum(known) / len(known), abs=1e-6) if known else None)


def test_whoever_sees_no_session_counts_nothing(varied: Varied) -> None:
    for chosen in (CommentFilter(), CommentFilter(session=varied.first.pk), CommentFilter(sentiment=("negative",))):
        nobody = aggregates.count(chosen, varied.sessions.none())
        assert (nobody.n, nobody.distinct_texts, nobody.nps.score, nobody.net_sentiment) == (0, 0, None, None)
        assert nobody.themes == ()


def numbers_of(chosen: CommentFilter, overview: Overview) -> Iterator[tuple[str, int, CommentFilter | None]]:
    """Each number with its name and the filter of what should be behind it."""
    yield "n", overview.n, chosen
    yield "rated", overview.rated, drill.having(chosen, "has_rating", True)
    yield "undated", overview.timeline.undated, drill.having(chosen, "has_date", False)
    yield from _flags(chosen, overview)
    yield from _single_codes(chosen, overview)
    yield from _lists(chosen, overview)
    for rating_bin, number in enumerate(overview.rating_bins):
        yield f"rating {rating_bin}", number, drill.rated(chosen, rating_bin)
    for point in overview.timeline.points:
        period = drill.during(chosen, point)
        yield f"from {point.start}", point.n, period
        if period:
            yield (
                f"negative from {point.start}",
                point.sentiments.negative,
                drill.having(period, "sentiment", "negative"),
            )
            yield f"promoters from {point.start}", point.nps.promoters, drill.having(period, "nps_group", "promoter")


def _flags(chosen: CommentFilter, overview: Overview) -> Iterator[tuple[str, int, CommentFilter | None]]:
    for field, number in {
        "is_duplicate": overview.repeats,
        "has_correction": overview.corrected,
        "is_uninformative": overview.uninformative,
        "is_company_reply": overview.company_replies,
        "is_fallback": overview.fallback,
        "rating_mismatch": overview.rating_mismatch,
    }.items():
        yield field, number, drill.having(chosen, field, True)


def _single_codes(chosen: CommentFilter, overview: Overview) -> Iterator[tuple[str, int, CommentFilter | None]]:
    sentiments, nps = overview.sentiments, overview.nps
    groups = {"promoter": nps.promoters, "passive": nps.passives, "detractor": nps.detractors}
    for field, counts in {
        "sentiment": {code: getattr(sentiments, code) for code in ("positive", "neutral", "negative", "mixed")},
        "nps_group": groups,
        "status": {"done": overview.labelled, "pending": overview.pending, "failed": overview.failed},
        "language": overview.languages,
        "urgency": overview.urgencies,
        "churn_risk": overview.churn_risks,
    }.items():
        for code, number in counts.items():
            yield f"{field} {code}", number, drill.having(chosen, field, code)


def _lists(chosen: CommentFilter, overview: Overview) -> Iterator[tuple[str, int, CommentFilter | None]]:
    for code, number in overview.emotions.items():
        yield f"emotion {code}", number, drill.naming(chosen, "emotion", code)
    for name, number in overview.competitors.items():
        yield f"competitor {name}", number, drill.naming(chosen, "competitor", name)
    for theme in overview.themes:
        yield f"theme {theme.code}", theme.n, drill.naming(chosen, "theme", theme.code)
        for code in ("positive", "neutral", "negative", "mixed"):
            behind = drill.naming(chosen, "theme", theme.code, sentiment=code)
            yield f"theme {theme.code} {code}", getattr(theme.sentiments, code), behind
