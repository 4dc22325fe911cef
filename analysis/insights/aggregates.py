"""The numbers behind pages, API, exports and alerts, from one filter, in four queries; the only place that counts.

A number and the comments behind it cannot differ, because both come from ``comments_for``. Results are cached under
the sessions' revisions and the filter, so that a change of the outcome is a new key; a lost cache costs time only.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.functions import Floor, TruncDate
from django.utils import timezone

from analysis.engines.base import EMOTIONS, ChurnRisk, Language, Urgency
from analysis.insights.comments import comments_for, distinct_texts, hash_joins
from analysis.insights.filters import CommentFilter
from analysis.insights.overview import RATING_BINS, Overview, Theme
from analysis.insights.timeline import nps_of, sentiments_of, timeline_of
from analysis.knobs import cache_seconds
from analysis.models import FINAL_STATES, CommentStatus, Session
from perf.metrics import count as note
from perf.metrics import track

VERSION = 1
#: Seconds; while a session is being worked on its numbers change all the time, and many may be watching.
KEPT_WHILE_CHANGING = 3

# One row of counts for each combination of these. They are joined to one text, and OFFSET 0 hides from the planner what
# it is made of: else it takes the product of their numbers of values for their number of combinations, and sorts.
_KEYS = (
    "sentiment_", "language_", "urgency_", "churn_risk_", "nps_group", "status", "is_repeat", "is_corrected",
    "is_uninformative_", "is_company_reply_", "is_fallback_", "rating_mismatch_",
)  # fmt: skip
_JOINED = ", '|', ".join(_KEYS)
_FACETS = f"""
SELECT GROUPING(key, day_, bin_), key, day_, day_key, bin_,
       count(*), count(score_), sum(score_), count(confidence_), sum(confidence_), sum(rating)
  FROM (SELECT concat({_JOINED}) AS key, concat(sentiment_, '|', nps_group) AS day_key,
               day_, bin_, score_, confidence_, rating
          FROM ({{comments}}) labelled OFFSET 0) keyed
 GROUP BY GROUPING SETS ((key), (day_, day_key), (bin_))
"""  # noqa: S608
# What GROUPING() says of the sets above: a bit for each argument that the set does not hold.
_KEY_SET, _DAY_SET, _BIN_SET = 0b011, 0b101, 0b110

_LABELS = """
WITH labelled AS MATERIALIZED ({comments})
SELECT 'theme', code, sentiment, count(*)
  FROM labelled, jsonb_to_recordset(CASE jsonb_typeof(themes_) WHEN 'array' THEN themes_ END)
       AS theme (code text, sentiment text) GROUP BY code, sentiment
UNION ALL
SELECT 'emotion', code, NULL, count(*)
  FROM labelled, jsonb_to_recordset(CASE jsonb_typeof(emotions_) WHEN 'array' THEN emotions_ END)
       AS emotion (code text) GROUP BY code
UNION ALL
SELECT 'competitor', name, NULL, count(*)
  FROM labelled, jsonb_array_elements_text(CASE jsonb_typeof(competitors_) WHEN 'array' THEN competitors_ END)
       AS competitor (name) GROUP BY name
"""


def overview(chosen: CommentFilter, sessions: QuerySet[Session]) -> Overview:
    """The numbers of the comments that pass the filter; one query when they are cached, four when not.

    Args:
        chosen: the filter.
        sessions: what the asker may see, from ``access.visible_sessions``.
    """
    if not settings.RESPONSE_CACHE:
        return count(chosen, sessions)
    key, seconds = _cache_key(chosen, sessions)
    with track("cache.overview.get"):
        cached = cache.get(key)
    if cached is not None:
        with suppress(KeyError, TypeError):  # whatever else may lie there
            found = Overview.from_dict(cached)
            note("cache.overview.hits")
            return found
    note("cache.overview.misses")
    counted = count(chosen, sessions)
    with track("cache.overview.set"):
        cache.set(key, counted.to_dict(), seconds)
    return counted


def count(chosen: CommentFilter, sessions: QuerySet[Session]) -> Overview:
    """As ``overview``, counted anew."""
    with track("insights.count"), hash_joins():
        facets = _facets(chosen, sessions)
        labels = _labels(chosen, sessions)
        texts = distinct_texts(chosen, sessions=sessions)
    return _assemble(facets, labels, texts)


def _cache_key(chosen: CommentFilter, sessions: QuerySet[Session]) -> tuple[str, int]:
    """The key of these sessions as they are now, and for how long it is worth keeping.

    The key changes with the outcome: the knob's time only bounds what the cache holds.
    """
    if chosen.session is not None:
        sessions = sessions.filter(pk=chosen.session)
    seen = list(sessions.order_by("pk").values_list("pk", "revision", "state"))
    changing = any(state not in FINAL_STATES for _pk, _revision, state in seen)
    revisions = ",".join(f"{pk}:{revision}" for pk, revision, _state in seen)
    digest = hashlib.sha256(f"{chosen.query_string()}\n{revisions}".encode()).hexdigest()
    zone = timezone.get_current_timezone_name()
    return f"overview:{VERSION}:{zone}:{digest}", KEPT_WHILE_CHANGING if changing else cache_seconds()


@dataclass(slots=True)
class _Facets:
    """The rows of the first query, sorted into what they count."""

    n: int = 0
    by: dict[str, Counter[Any]] = field(default_factory=lambda: defaultdict(Counter))
    days: list[tuple[Any, Any, Any, int]] = field(default_factory=list)
    bins: Counter[Any] = field(default_factory=Counter)
    scored: int = 0
    score: float = 0.0
    judged: int = 0
    confidence: float = 0.0
    rating: float = 0.0


def _facets(chosen: CommentFilter, sessions: QuerySet[Session]) -> _Facets:
    result = _Facets()
    for kind, key, day, day_key, rating_bin, *sums in _run(_FACETS, _facet_columns(chosen, sessions)):
        n, scored, score, judged, confidence, rating = sums
        if kind == _DAY_SET:
            sentiment, group = day_key.split("|")
            result.days.append((day, sentiment, group, n))
        elif kind == _BIN_SET:
            result.bins[rating_bin] += n
            result.rating += rating or 0.0
        else:
            result.n += n
            for name, value in zip(_KEYS, key.split("|"), strict=True):
                result.by[name][value] += n
            result.scored, result.score = result.scored + scored, result.score + (score or 0.0)
            result.judged, result.confidence = result.judged + judged, result.confidence + (confidence or 0.0)
    return result


def _facet_columns(chosen: CommentFilter, sessions: QuerySet[Session]) -> QuerySet[Any, Any]:
    return (
        comments_for(chosen, sessions=sessions, wholesale=True)
        .select_related(None)
        .values(
            "nps_group",
            "status",
            "rating",
            sentiment_=F("effective_sentiment"),
            score_=F("effective_score"),
            urgency_=F("effective_urgency"),
            churn_risk_=F("effective_churn_risk"),
            language_=F("current__language"),
            confidence_=F("current__confidence"),
            is_repeat=_is_set("duplicate_of"),
            is_corrected=_is_set("corrected_at"),
            is_uninformative_=F("current__is_uninformative"),
            is_company_reply_=F("current__is_company_reply"),
            is_fallback_=F("current__is_fallback"),
            rating_mismatch_=F("current__rating_mismatch"),
            bin_=Floor("rating"),
            day_=Case(When(has_date=True, then=TruncDate("created_at"))),
        )
    )


def _is_set(column: str) -> Q:
    return Q(**{f"{column}__isnull": False})


def _labels(chosen: CommentFilter, sessions: QuerySet[Session]) -> dict[str, dict[Any, Counter[Any]]]:
    """Comments by theme and sentiment towards it, by emotion and by competitor; a comment has each code once."""
    columns = comments_for(chosen, sessions=sessions, wholesale=True).select_related(None)
    labels: dict[str, dict[Any, Counter[Any]]] = {"theme": {}, "emotion": {}, "competitor": {}}
    values = columns.values(
        themes_=F("effective_themes"), emotions_=F("effective_emotions"), competitors_=F("result_competitors")
    )
    for name, code, towards, n in _run(_LABELS, values):
        if code:
            labels[name].setdefault(code, Counter())[towards] += n
    return labels


def _run(statement: str, columns: QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement of this module over the columns of a query set."""
    try:
        sql, params = columns.query.sql_with_params()
    except EmptyResultSet:  # the asker sees no session
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("{comments}", sql), params)
        return list(cursor.fetchall())


def _assemble(facets: _Facets, labels: dict[str, dict[Any, Counter[Any]]], texts: int) -> Overview:
    by = facets.by
    sentiments = sentiments_of(by["sentiment_"])
    rated = sum(n for rating_bin, n in facets.bins.items() if rating_bin is not None)
    emotions = {code: counts.total() for code, counts in labels["emotion"].items()}
    competitors = Counter({name: counts.total() for name, counts in labels["competitor"].items()})
    return Overview(
        n=facets.n,
        distinct_texts=texts,
        repeats=by["is_repeat"]["t"],
        labelled=by["status"][CommentStatus.DONE],
        pending=by["status"][CommentStatus.PENDING],
        failed=by["status"][CommentStatus.FAILED],
        corrected=by["is_corrected"]["t"],
        uninformative=by["is_uninformative_"]["t"],
        company_replies=by["is_company_reply_"]["t"],
        fallback=by["is_fallback_"]["t"],
        rating_mismatch=by["rating_mismatch_"]["t"],
        sentiments=sentiments,
        mean_score=_mean(facets.score, facets.scored),
        mean_confidence=_mean(facets.confidence, facets.judged),
        nps=nps_of(by["nps_group"]),
        rated=rated,
        mean_rating=_mean(facets.rating, rated),
        rating_bins=tuple(facets.bins[rating_bin] for rating_bin in range(RATING_BINS)),
        languages=_in_order(by["language_"], Language),
        urgencies=_in_order(by["urgency_"], Urgency),
        churn_risks=_in_order(by["churn_risk_"], ChurnRisk),
        emotions=_in_order(emotions, EMOTIONS),
        competitors=dict(sorted(competitors.items(), key=lambda item: (-item[1], item[0]))),
        themes=_themes(labels["theme"], sentiments.n),
        timeline=timeline_of(facets.days),
    )


def _themes(themes: dict[Any, Counter[Any]], having_sentiment: int) -> tuple[Theme, ...]:
    """The themes that are named at all, most often named first."""
    rows = [
        Theme(code, counts.total(), sentiments_of(counts), counts.total() / max(having_sentiment, 1))
        for code, counts in themes.items()
    ]
    return tuple(sorted(rows, key=lambda theme: (-theme.n, theme.code)))


def _in_order(counts: Mapping[Any, int], codes: Iterable[str]) -> dict[str, int]:
    """Counts by code in the order of the codes, zeros included; then what has no known code."""
    known = [str(code) for code in codes]
    others = sorted(code for code in counts if code and code not in known)
    return {code: counts.get(code, 0) for code in [*known, *others]}


def _mean(total: float, n: int) -> float | None:
    """Rounded, because parallel sums differ in their last digits."""
    return round(total / n, 6) if n else None
