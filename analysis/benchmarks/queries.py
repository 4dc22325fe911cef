"""The documented queries of the data model, each by the index made for it, and the two that pages ask most."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import median

from analysis.benchmarks.ground import ground, labelled_session
from analysis.insights import aggregates
from analysis.insights.comments import comments_for
from analysis.insights.filters import CommentFilter
from analysis.models import AnalysisResult, Comment, CommentStatus, Session
from perf.benchmarks.registry import Measure, Options, benchmark, milliseconds

ROWS = 20_000
_PAGE = 50
_TIMES = 20


@benchmark(
    "database_queries",
    "the documented queries on a session of real results",
    repeats=5,
    quick_rows=5_000,
    quick_repeats=3,
    first=True,
)
@contextmanager
def database_queries(options: Options) -> Iterator[Measure]:
    """Yield the measurement of every query on a session of ``options.rows`` rows, made in this process."""
    with ground(options.rows or ROWS) as (team, path):
        session = labelled_session(team, path)
        yield lambda: {name: milliseconds(_median_seconds(ask)) for name, ask in _queries(session).items()}


def _queries(session: Session) -> dict[str, Callable[[], object]]:
    comments, results = Comment.objects.all(), AnalysisResult.objects.all()
    middle = comments.filter(session=session).order_by("created_at").values_list("created_at", flat=True)[0]
    period = (middle - timedelta(days=1), middle + timedelta(days=1))
    mine = Session.objects.filter(pk=session.pk)
    chosen = CommentFilter.parse({"session": str(session.pk), "sentiment": "negative"})
    dated = comments.filter(session=session, created_at__range=period, status=CommentStatus.DONE)
    return {
        "idx_comments_date: a period": lambda: _page(comments.filter(created_at__range=period).order_by("created_at")),
        "idx_composite: a session's period": lambda: _page(dated.order_by("created_at")),
        "idx_analysis_session: a session": lambda: results.filter(session=session).order_by().count(),
        "idx_sentiment_score: the worst": lambda: _page(results.order_by("sentiment_score")),
        "comments, filtered, first page": lambda: _page(comments_for(chosen, sessions=mine).order_by("row_number")),
        "overview, uncached": lambda: aggregates.count(chosen, mine),
    }


def _page(rows: object) -> int:
    return len(rows[:_PAGE])  # type: ignore[index]


def _median_seconds(ask: Callable[[], object]) -> float:
    seconds = []
    for _time in range(_TIMES):
        started = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - started)
    return median(seconds)
