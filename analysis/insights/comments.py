"""A filter becomes rows: comments joined with their current result, each with its effective values.

The effective value of a label is a person's where there is one, else the engine's. This is the only place that says
so; lists, exports and aggregates all start from ``comments_for``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypedDict, cast

from django.db import connection, transaction
from django.db.models import Case, Exists, F, FilteredRelation, FloatField, JSONField, Q, QuerySet, Value, When
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Coalesce

from analysis.insights import groups, search
from analysis.insights.filters import CommentFilter
from analysis.models import AnalysisKind, AnalysisResult, Comment, Sentiment, Session

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class Labels(TypedDict):
        """What ``comments_for`` adds to a comment; None where neither a person nor an engine has said anything."""

        effective_sentiment: str | None
        effective_score: float | None
        effective_themes: list[dict[str, Any]] | None
        effective_emotions: list[dict[str, Any]] | None
        effective_urgency: str | None
        effective_churn_risk: str | None

    LabelledComment = WithAnnotations[Comment, Labels]

#: The score of a sentiment that a person chose against the engine's.
HUMAN_SCORES = {Sentiment.POSITIVE: 1.0, Sentiment.NEGATIVE: -1.0, Sentiment.NEUTRAL: 0.0, Sentiment.MIXED: 0.0}

# Columns of the result under names of their own: a condition on ``current__...`` would join the table once more.
_RESULT_COLUMNS: dict[str, Any] = {
    "result_language": F("current__language"),
    "result_confidence": F("current__confidence"),
    "result_is_uninformative": F("current__is_uninformative"),
    "result_is_company_reply": F("current__is_company_reply"),
    "result_is_fallback": F("current__is_fallback"),
    "result_rating_mismatch": F("current__rating_mismatch"),
    "result_competitors": KeyTransform("competitors", "current__details"),
}
_COLUMNS = {
    "language": "result_language",
    "urgency": "effective_urgency",
    "churn_risk": "effective_churn_risk",
    "sentiment": "effective_sentiment",
    "nps_group": "nps_group",
    "status": "status",
    "region": "region",
    "service": "service",
    "channel": "channel",
}
_BOUNDS = {
    "rating__gte": "rating__gte",
    "rating__lte": "rating__lte",
    "rating__lt": "rating__lt",
    "score__gte": "effective_score__gte",
    "score__lt": "effective_score__lt",
    "confidence__gte": "result_confidence__gte",
    "confidence__lt": "result_confidence__lt",
    "created_at__gte": "created_at__gte",
    "created_at__lt": "created_at__lt",
    "row_number": "row_number",
    "has_date": "has_date",
    "is_uninformative": "result_is_uninformative",
    "is_company_reply": "result_is_company_reply",
    "is_fallback": "result_is_fallback",
    "rating_mismatch": "result_rating_mismatch",
}
# Filters that need the comment's own columns only.
_OWN = frozenset(
    (
        "session", "nps_group", "status", "region", "service", "channel", "rating__gte", "rating__lte", "rating__lt",
        "created_at__gte", "created_at__lt", "has_date", "has_rating", "is_duplicate", "has_correction",
        "row_number", "group", "q",
    )
)  # fmt: skip
_PRESENCE = {"has_rating": "rating", "is_duplicate": "duplicate_of", "has_correction": "corrected_at"}


def comments_for(
    chosen: CommentFilter, *, sessions: QuerySet[Session], wholesale: bool = False
) -> QuerySet[LabelledComment]:
    """The comments of ``sessions`` that pass the filter, in no order, with ``Labels`` on each, in one query.

    Args:
        chosen: the filter; a session that is not among ``sessions`` has no comments.
        sessions: what the asker may see, from ``access.visible_sessions``.
        wholesale: as in ``labelled``.

    ``effective_score`` is the engine's, unless a person chose another sentiment than the engine: then it is 1 for
    positive, -1 for negative and 0 for neutral and mixed. ``current`` is the whole result, None before there is one.
    """
    return labelled(_of_sessions(chosen, sessions), wholesale=wholesale).filter(condition(chosen))


@contextmanager
def hash_joins() -> Iterator[None]:
    """No loop joins a table to another one, whatever the planner believes of their sizes; for ``wholesale``."""
    nested = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        if nested:
            cursor.execute("SET LOCAL enable_nestloop = on")


def distinct_texts(chosen: CommentFilter, *, sessions: QuerySet[Session]) -> int:
    """How many different texts, as their fingerprints tell, the comments that pass the filter have; wholesale."""
    comments: QuerySet[Any] = _of_sessions(chosen, sessions)
    if any(name not in _OWN for name, _value in chosen.active()):
        comments = labelled(comments, wholesale=True)
    texts = comments.filter(condition(chosen)).order_by().values("fingerprint").distinct()
    return texts.count()


def extremes(sessions: QuerySet[Session], *, best: bool = False, limit: int = 10) -> list[LabelledComment]:
    """The most negative comments of all ``sessions``, or the most positive ones, each text of a session once.

    By the engine's scores, whose index gives the order; comments whose sentiment a person changed are left out.
    """
    unchanged = Q(comment__human_sentiment=None) | Q(comment__human_sentiment=F("sentiment"))
    results = AnalysisResult.objects.filter(
        unchanged,
        session__in=sessions.order_by().values("pk"),
        is_current=True,
        kind=AnalysisKind.ALL,
        comment__duplicate_of=None,
    )
    order = "-sentiment_score" if best else "sentiment_score"
    found = list(results.order_by(order).values_list("comment_id", flat=True)[:limit])
    place = {pk: number for number, pk in enumerate(found)}
    return sorted(labelled(Comment.objects.filter(pk__in=found)), key=lambda comment: place[comment.pk])


def _of_sessions(chosen: CommentFilter, sessions: QuerySet[Session]) -> QuerySet[Comment]:
    if chosen.session is None:
        return Comment.objects.filter(session__in=sessions.order_by().values("pk"))
    # Asked once, where a subquery would be joined to every row.
    return Comment.objects.filter(Exists(sessions.order_by().filter(pk=chosen.session)), session=chosen.session)


def labelled(comments: QuerySet[Comment], *, wholesale: bool = False) -> QuerySet[LabelledComment]:
    """The comments with ``Labels`` on each, joined in the same query.

    A page of comments finds its results one by one, by the comment's id. A statement that reads whole sessions is
    faster ``wholesale``: the results of the same sessions are read at once. Run such a one within ``hash_joins``,
    because the planner knows nothing yet of sessions that have just come in, takes their results for one row, and
    would read all of them again for every comment.
    """
    current = Q(results__is_current=True, results__kind=AnalysisKind.ALL)
    if wholesale:
        current &= Q(results__session=F("session"))
    join: dict[str, Any] = {"current": FilteredRelation("results", condition=current)}
    labels: dict[str, Any] = {
        "effective_sentiment": Coalesce("human_sentiment", "current__sentiment"),
        "effective_score": _effective_score(),
        "effective_themes": Coalesce("human_themes", "current__themes", output_field=JSONField()),
        "effective_emotions": Coalesce("human_emotions", "current__emotions", output_field=JSONField()),
        "effective_urgency": Coalesce("human_urgency", "current__urgency"),
        "effective_churn_risk": Coalesce("human_churn_risk", "current__churn_risk"),
    }
    joined = comments.annotate(**join).annotate(**labels).alias(**_RESULT_COLUMNS).order_by()
    # The type checker's plugin knows neither filtered relations nor annotations by name.
    return cast("QuerySet[LabelledComment]", joined.select_related("current"))  # type: ignore[misc]


def condition(chosen: CommentFilter) -> Q:
    """The filter as a condition on ``labelled`` comments; the session is not part of it."""
    result = Q()
    for name, value in chosen.active():
        if name in _COLUMNS:
            result &= Q(**{f"{_COLUMNS[name]}__in": value}) if len(value) > 1 else Q(**{_COLUMNS[name]: value[0]})
        elif name in _BOUNDS:
            result &= Q(**{_BOUNDS[name]: value})
        elif name in _PRESENCE:
            result &= Q(**{f"{_PRESENCE[name]}__isnull": not value})
    if chosen.group:
        result &= groups.within(chosen.group)
    return result & _labels(chosen) & (search.matching(chosen.q) if chosen.q else Q())


def _labels(chosen: CommentFilter) -> Q:
    """Conditions on the lists of labels that a comment holds as JSON."""
    themes: list[dict[str, str]] = [{"code": code} for code in chosen.theme] or [{}]
    if chosen.theme_sentiment:
        themes = [theme | {"sentiment": code} for theme in themes for code in chosen.theme_sentiment]
    result = _holds_any("effective_themes", [[theme] for theme in themes if theme])
    result &= _holds_all("effective_themes", [_theme(label) for label in chosen.theme__all])
    result &= _holds_any("effective_emotions", [[{"code": code}] for code in chosen.emotion])
    result &= _holds_all("effective_emotions", [{"code": code} for code in chosen.emotion__all])
    result &= _holds_any("result_competitors", [[name] for name in chosen.competitor])
    return result & _holds_all("result_competitors", chosen.competitor__all)


def _theme(label: str) -> dict[str, str]:
    """ "price" or "price:negative" as the part of a stored label that it names."""
    code, _, sentiment = label.partition(":")
    return {"code": code, "sentiment": sentiment} if sentiment else {"code": code}


def _holds_all(column: str, values: Sequence[Any]) -> Q:
    return Q(**{f"{column}__contains": list(values)}) if values else Q()


def _holds_any(column: str, values: list[Any]) -> Q:
    result = Q()
    for value in values:
        result |= Q(**{f"{column}__contains": value})
    return result


def _effective_score() -> Case:
    human = [When(human_sentiment=sentiment, then=Value(score)) for sentiment, score in HUMAN_SCORES.items()]
    engine = When(Q(human_sentiment=None) | Q(human_sentiment=F("current__sentiment")), then="current__sentiment_score")
    return Case(engine, *human, output_field=FloatField())
