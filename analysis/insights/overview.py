"""What the numbers of a set of comments are called. Every number counts comments, repeats included: each of them is a
customer; ``distinct_texts`` says how many different texts they wrote.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from analysis.insights.nps import Nps, Sentiments

RATING_BINS = 11


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme: how many comments name it, and the sentiment they have towards it (not towards the whole service).

    ``share`` is ``n`` by the comments that have a sentiment at all, 0 to 1.
    """

    code: str
    n: int
    sentiments: Sentiments
    share: float

    @property
    def net(self) -> float | None:
        """% positive - % negative of the comments that name the theme, -100 to 100."""
        return self.sentiments.net


@dataclass(frozen=True, slots=True)
class Point:
    """The comments dated from ``start`` until before ``end``, days in the product's time zone."""

    start: date
    end: date
    n: int
    sentiments: Sentiments
    nps: Nps


@dataclass(frozen=True, slots=True)
class Timeline:
    """Comments over time, without gaps; only those whose file gave a date. Empty when no file did."""

    unit: str = "day"
    points: tuple[Point, ...] = ()
    undated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The numbers of all comments that pass one filter.

    ``labelled``, ``pending`` and ``failed`` are the comments by status and add up to ``n``. Maps are by code, in the
    order of the codes, zeros included. ``rating_bins[i]`` counts ratings from ``i`` to below ``i + 1``.
    ``mean_score`` is -1 to 1, ``mean_rating`` 0 to 10, ``mean_confidence`` 0 to 1; None without data.
    """

    n: int
    distinct_texts: int
    repeats: int
    labelled: int
    pending: int
    failed: int
    corrected: int
    uninformative: int
    company_replies: int
    fallback: int
    rating_mismatch: int
    sentiments: Sentiments
    mean_score: float | None
    mean_confidence: float | None
    nps: Nps
    rated: int
    mean_rating: float | None
    rating_bins: tuple[int, ...]
    languages: dict[str, int]
    urgencies: dict[str, int]
    churn_risks: dict[str, int]
    emotions: dict[str, int]
    competitors: dict[str, int]
    themes: tuple[Theme, ...]
    timeline: Timeline

    @property
    def net_sentiment(self) -> float | None:
        """% positive - % negative, -100 to 100; None before anything has a sentiment."""
        return self.sentiments.net

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-able values, computed ones (``net``, ``n``, ``score``) left out."""
        plain = asdict(self)
        for point in plain["timeline"]["points"]:
            point["start"], point["end"] = point["start"].isoformat(), point["end"].isoformat()
        return plain

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Overview:
        """The inverse of ``to_dict``; raises KeyError or TypeError for anything else."""
        values = {field.name: plain[field.name] for field in fields(cls)}
        values["sentiments"] = Sentiments(**plain["sentiments"])
        values["nps"] = Nps(**plain["nps"])
        values["rating_bins"] = tuple(plain["rating_bins"])
        values["themes"] = tuple(
            Theme(theme["code"], theme["n"], Sentiments(**theme["sentiments"]), theme["share"])
            for theme in plain["themes"]
        )
        timeline = plain["timeline"]
        points = tuple(_point(point) for point in timeline["points"])
        values["timeline"] = Timeline(timeline["unit"], points, timeline["undated"])
        return cls(**values)


def _point(plain: dict[str, Any]) -> Point:
    return Point(
        date.fromisoformat(plain["start"]),
        date.fromisoformat(plain["end"]),
        plain["n"],
        Sentiments(**plain["sentiments"]),
        Nps(**plain["nps"]),
    )
