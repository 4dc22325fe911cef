"""A list cut into pages by where the last one ended: no COUNT, no OFFSET, the same speed on every page."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from django.db.models import F, FloatField, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from analysis.insights.fields import MAX_ROW, FilterError, did_you_mean
from analysis.insights.filters import CommentFilter

if TYPE_CHECKING:
    from analysis.insights.comments import LabelledComment

#: What a list may be ordered by; "-" in front turns it round. Comments without the value come last either way.
ORDERINGS: dict[str, str] = {
    "row_number": "row_number",
    "created_at": "created_at",
    "score": "effective_score",
    "confidence": "result_confidence",
    "rating": "rating",
}
_NULLABLE = ("score", "confidence", "rating")
_BEYOND = 100.0  # no score, confidence or rating comes near
MAX_PAGE = 1000


def _read_row(key: Any) -> int:
    if type(key) is not int or not 0 <= key <= MAX_ROW:
        raise ValueError(key)
    return key


def _read_moment(key: Any) -> datetime:
    result = datetime.fromisoformat(key)
    if result.tzinfo is None:
        raise ValueError(key)
    return result


def _read_number(key: Any) -> float:
    result = float(key)
    if not -_BEYOND <= result <= _BEYOND:
        raise ValueError(key)
    return result


_READ_KEY: dict[str, Callable[[Any], Any]] = {
    "row_number": _read_row,
    "created_at": _read_moment,
    **dict.fromkeys(_NULLABLE, _read_number),
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page; ``next`` and ``previous`` are opaque cursors, None at the ends."""

    comments: list[LabelledComment]
    ordering: str
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: after (or before) a row with this key and id."""

    key: Any
    pk: uuid.UUID
    backwards: bool


def parse_ordering(value: str | None, chosen: CommentFilter) -> str:
    """The ordering by that name; by default row order within a session, else newest first.

    Raises:
        FilterError: no such ordering.
    """
    if not value:
        return "row_number" if chosen.session else "-created_at"
    if value.removeprefix("-") not in ORDERINGS:
        known = [*ORDERINGS, *(f"-{name}" for name in ORDERINGS)]
        raise FilterError("ordering", _("Unknown ordering."), did_you_mean(value[:60], known))
    return value


def page_of(
    comments: QuerySet[LabelledComment],
    *,
    ordering: str,
    cursor: str | None = None,
    size: int = 50,
    columns: Sequence[str] = (),
) -> Page:
    """The page of ``comments_for(...)`` that ``cursor`` points to, the first one without; one query.

    Args:
        ordering: from ``parse_ordering``; a cursor of another ordering is refused.
        size: comments on a page, 1 to ``MAX_PAGE``.
        columns: read these (names for ``values_list``) and ``pk`` as plain tuples, which costs half as much.

    Raises:
        FilterError: the cursor was not made by this function for this ordering.
    """
    place = _decode(cursor, ordering) if cursor else None
    backwards = place is not None and place.backwards
    descending = ordering.startswith("-") != backwards
    size = min(max(size, 1), MAX_PAGE)
    found: Any = _ordered(comments, ordering, descending, place)
    if columns:
        found = found.values_list("pk", "page_key", *columns, named=True)
    rows = list(found[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next = (more or backwards) and bool(rows)
    has_previous = (more if backwards else place is not None) and bool(rows)
    return Page(
        rows,
        ordering,
        _encode(ordering, rows[-1], backwards=False) if has_next else None,
        _encode(ordering, rows[0], backwards=True) if has_previous else None,
    )


def _ordered(
    comments: QuerySet[LabelledComment], ordering: str, descending: bool, place: _Place | None
) -> QuerySet[LabelledComment]:
    name = ordering.removeprefix("-")
    key: Any = F(ORDERINGS[name])
    if name in _NULLABLE:
        beyond = -_BEYOND if ordering.startswith("-") else _BEYOND
        key = Coalesce(key, Value(beyond), output_field=FloatField())
    comments = comments.annotate(page_key=key)
    if place is not None:
        beyond_it = "lt" if descending else "gt"
        # The first condition is what an index can use; the second one settles equal keys.
        comments = comments.filter(
            Q(**{f"page_key__{beyond_it}e": place.key}),
            Q(**{f"page_key__{beyond_it}": place.key}) | Q(**{f"pk__{beyond_it}": place.pk}),
        )
    return comments.order_by("-page_key", "-pk") if descending else comments.order_by("page_key", "pk")


def _encode(ordering: str, row: Any, *, backwards: bool) -> str:
    packed = orjson.dumps([ordering, int(backwards), row.page_key, row.pk])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _decode(cursor: str, ordering: str) -> _Place:
    try:
        packed = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        made_for, backwards, key, pk = packed
        if made_for != ordering:
            raise FilterError("cursor", _("Made for another ordering."), _("Begin again without a cursor."))
        return _Place(_READ_KEY[ordering.removeprefix("-")](key), uuid.UUID(pk), bool(backwards))
    except (binascii.Error, ValueError, TypeError, AttributeError):
        raise FilterError("cursor", _("Not a cursor of this list."), _("Begin again without a cursor.")) from None
