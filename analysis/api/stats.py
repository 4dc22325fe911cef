"""``/stats/overview``: the numbers of the dashboard, by the same code."""

from __future__ import annotations

import dataclasses
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api.conditional import tagged
from analysis.api.filters import FilterQuery, read_filter
from analysis.api.views import ApiView
from analysis.insights.aggregates import overview
from analysis.insights.nps import Nps, Sentiments
from analysis.insights.overview import Overview, Point, Theme


class SentimentsShape(serializers.Serializer[Any]):
    """Comments by sentiment. `net` is % positive - % negative, -100 to 100."""

    n = serializers.IntegerField()
    positive = serializers.IntegerField()
    neutral = serializers.IntegerField()
    negative = serializers.IntegerField()
    mixed = serializers.IntegerField()
    net = serializers.FloatField(allow_null=True)


class NpsShape(serializers.Serializer[Any]):
    """Net Promoter Score of those who gave a rating: % promoters - % detractors; null without ratings."""

    n = serializers.IntegerField()
    promoters = serializers.IntegerField()
    passives = serializers.IntegerField()
    detractors = serializers.IntegerField()
    score = serializers.FloatField(allow_null=True)


class RatingsShape(serializers.Serializer[Any]):
    """Ratings, 0 to 10; `bins[i]` counts those from i to below i + 1."""

    n = serializers.IntegerField()
    mean = serializers.FloatField(allow_null=True)
    bins = serializers.ListField(child=serializers.IntegerField())


class ThemeStatsShape(serializers.Serializer[Any]):
    """A theme, and the sentiments towards it."""

    code = serializers.CharField()
    n = serializers.IntegerField()
    share = serializers.FloatField(help_text="Of the comments that have a sentiment, 0 to 1.")
    sentiments = SentimentsShape()


class PointShape(serializers.Serializer[Any]):
    """The comments of one period, `end` not included."""

    start = serializers.DateField()
    end = serializers.DateField()
    n = serializers.IntegerField()
    sentiments = SentimentsShape()
    nps = NpsShape()


class TimelineShape(serializers.Serializer[Any]):
    """Comments over time; only those whose file gave a date."""

    unit = serializers.ChoiceField(choices=["day", "week", "month", "year"])
    points = PointShape(many=True)
    undated = serializers.IntegerField()


class OverviewShape(serializers.Serializer[Any]):
    """Numbers of all comments that pass the filter; each repeat counts, being a customer too. `n` = `labelled` +
    `pending` + `failed`."""

    n = serializers.IntegerField()
    distinct_texts = serializers.IntegerField()
    repeats = serializers.IntegerField()
    labelled = serializers.IntegerField()
    pending = serializers.IntegerField()
    failed = serializers.IntegerField()
    corrected = serializers.IntegerField()
    uninformative = serializers.IntegerField()
    company_replies = serializers.IntegerField()
    fallback = serializers.IntegerField()
    rating_mismatch = serializers.IntegerField()
    sentiments = SentimentsShape()
    mean_score = serializers.FloatField(allow_null=True)
    mean_confidence = serializers.FloatField(allow_null=True)
    nps = NpsShape()
    ratings = RatingsShape()
    languages = serializers.DictField(child=serializers.IntegerField())
    urgencies = serializers.DictField(child=serializers.IntegerField())
    churn_risks = serializers.DictField(child=serializers.IntegerField())
    emotions = serializers.DictField(child=serializers.IntegerField())
    competitors = serializers.DictField(child=serializers.IntegerField())
    themes = ThemeStatsShape(many=True)
    timeline = TimelineShape()


class StatsOverview(ApiView):
    """The numbers of the comments that pass a filter."""

    scopes = {"GET": access.READ}
    queries = {"GET": FilterQuery}

    @extend_schema(operation_id="stats_overview", summary="Read the numbers", responses=OverviewShape)
    def get(self, request: Request) -> Response:
        """Sentiment, NPS, themes, emotions, urgency, churn risk, languages, ratings and time, as on the dashboard."""
        numbers = overview(self.query["filter"], access.visible_sessions(request.user))
        return tagged(request, overview_shape(numbers))

    def read_query(self, request: Request) -> dict[str, Any]:
        """The shared filter reads its own parameters."""
        return read_filter(request, besides=())


def overview_shape(numbers: Overview) -> dict[str, Any]:
    """``OverviewShape``."""
    named = {field.name for field in dataclasses.fields(Overview)}
    joined = {"sentiments", "nps", "themes", "timeline", "rated", "mean_rating", "rating_bins"}
    return {
        **{name: getattr(numbers, name) for name in named - joined},
        "sentiments": _sentiments(numbers.sentiments),
        "nps": _nps(numbers.nps),
        "ratings": {"n": numbers.rated, "mean": numbers.mean_rating, "bins": numbers.rating_bins},
        "themes": [_theme(theme) for theme in numbers.themes],
        "timeline": {
            "unit": numbers.timeline.unit,
            "points": [_point(point) for point in numbers.timeline.points],
            "undated": numbers.timeline.undated,
        },
    }


def _sentiments(counts: Sentiments) -> dict[str, Any]:
    return {**dataclasses.asdict(counts), "n": counts.n, "net": counts.net}


def _nps(counts: Nps) -> dict[str, Any]:
    return {**dataclasses.asdict(counts), "n": counts.n, "score": counts.score}


def _theme(theme: Theme) -> dict[str, Any]:
    return {"code": theme.code, "n": theme.n, "share": theme.share, "sentiments": _sentiments(theme.sentiments)}


def _point(point: Point) -> dict[str, Any]:
    return {
        "start": point.start,
        "end": point.end,
        "n": point.n,
        "sentiments": _sentiments(point.sentiments),
        "nps": _nps(point.nps),
    }
