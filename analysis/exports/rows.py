"""One comment as it leaves the product; every format is made of these rows.

A row has, in this order:

=================  ==================================================================================================
row                row of the file, from 1
id                 the comment's id
text               the text, personal data masked
language           es, gn, jopara, pt, other
sentiment          positive, neutral, negative, mixed
sentiment_score    -1 to 1
emotions           list of {code, intensity 0 to 1}, the strongest first
themes             list of {code, sentiment towards the theme}
urgency            p0 to p3
churn_risk         none, low, medium, high
confidence         the engine's, 0 to 1
engine             who labelled it
is_fallback        the engine that was asked for could not answer, and another one did
duplicate_of       id of the first comment of the session with the same text; null in that first one
rating             0 to 10
nps_group          promoter, passive, detractor
date               when it was written, null when the file did not say (``datetime``, aware, in the product's zone)
region             as the file says, as are service and channel; "" when it says nothing
status             done, pending, failed
human              a person decided one of the labels at least; that value is the one shown
=================  ==================================================================================================

Labels are effective ones: a person's where there is one, else the engine's. What nobody has said yet is null, and an
empty list for emotions and themes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from analysis.insights.comments import comments_for
from analysis.insights.filters import CommentFilter
from analysis.models import Session

CHUNK = 1000


class Row(NamedTuple):
    """The columns as described above."""

    row: int
    id: UUID
    text: str
    language: str | None
    sentiment: str | None
    sentiment_score: float | None
    emotions: list[dict[str, Any]]
    themes: list[dict[str, Any]]
    urgency: str | None
    churn_risk: str | None
    confidence: float | None
    engine: str | None
    is_fallback: bool | None
    duplicate_of: UUID | None
    rating: float | None
    nps_group: str | None
    date: Any
    region: str
    service: str
    channel: str
    status: str
    human: bool


COLUMNS: tuple[str, ...] = Row._fields


def rows(chosen: CommentFilter, sessions: QuerySet[Session]) -> Generator[Row]:
    """The rows that pass the filter, in the order of the file, ``CHUNK`` at a time from a cursor on the server.

    Memory does not grow with their number. Outside of ``snapshot`` the rows are those of the moment of the first one.
    """
    zone = timezone.get_current_timezone()
    for values in _values(chosen, sessions).iterator(chunk_size=CHUNK):
        (*plain, emotions, themes, date, has_date) = values
        yield Row._make(
            (
                *plain[:6],
                [{"code": emotion["code"], "intensity": emotion["intensity"]} for emotion in emotions or ()],
                [{"code": theme["code"], "sentiment": theme["sentiment"]} for theme in themes or ()],
                *plain[6:14],
                date.astimezone(zone) if has_date else None,
                *plain[14:],
            )
        )


def _values(chosen: CommentFilter, sessions: QuerySet[Session]) -> QuerySet[Any, Any]:
    order = ("row_number",) if chosen.session else ("session_id", "row_number")
    human = Q()
    for name in ("sentiment", "themes", "emotions", "urgency", "churn_risk"):
        human |= Q(**{f"human_{name}__isnull": False})
    comments: Any = comments_for(chosen, sessions=sessions).select_related(None)
    found: QuerySet[Any, Any] = comments.annotate(is_human=human).order_by(*order).values_list(
        "row_number", "id", "text", "current__language", "effective_sentiment", "effective_score",
        "effective_urgency", "effective_churn_risk", "current__confidence", "current__engine", "current__is_fallback",
        "duplicate_of_id", "rating", "nps_group", "region", "service", "channel", "status", "is_human",
        "effective_emotions", "effective_themes", "created_at", "has_date",
    )  # fmt: skip
    return found


@contextmanager
def snapshot() -> Iterator[None]:
    """All queries within see one state of the database, so that totals equal rows while others write.

    Within a transaction that has begun before (a test's, say) this changes nothing.
    """
    begun = connection.in_atomic_block
    with transaction.atomic():
        if not begun:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
