"""Lists cut into pages by where the last one ended: no COUNT, no OFFSET, no page that shifts under its reader.

For lists of rows with a value that is never null; comments have their own in ``insights.paging``.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from analysis.api.problems import Fault, Problem

DEFAULT_SIZE, MAX_SIZE = 50, 500
_MAX_INTEGER = 2**31 - 1

Shape = Callable[[Mapping[str, Any]], dict[str, Any]]


class PageQuery(serializers.Serializer[Any]):
    """The parameters of every list."""

    cursor = serializers.CharField(required=False, help_text="Taken from `next` or `previous` of another page.")
    page_size = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_SIZE, default=DEFAULT_SIZE, help_text="Items on a page."
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: beyond the row with this value and id."""

    value: Any
    pk: uuid.UUID
    backwards: bool


def page(
    request: Request,
    rows: QuerySet[Any],
    *,
    ordering: str,
    query: Mapping[str, Any],
    fields: Sequence[str],
    shape: Shape,
) -> dict[str, Any]:
    """A page of ``rows`` ordered by a column (and by id where that is equal), each made by ``shape`` of its values."""
    column, size = ordering.removeprefix("-"), query["page_size"]
    place = read_cursor(query["cursor"], ordering, rows) if query.get("cursor") else None
    backwards = place is not None and place.backwards
    descending = ordering.startswith("-") != backwards
    sign = "-" if descending else ""
    beyond = _beyond(column, place, descending) if place else Q()
    found = list(
        rows.filter(beyond).order_by(f"{sign}{column}", f"{sign}id").values(*{*fields, column, "id"})[: size + 1]
    )
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_next, has_previous = (more or backwards, more) if backwards else (more, place is not None)
    return envelope(
        request,
        [shape(values) for values in found],
        next_cursor=_cursor(ordering, found[-1][column], found[-1]["id"], 0) if found and has_next else None,
        previous_cursor=_cursor(ordering, found[0][column], found[0]["id"], 1) if found and has_previous else None,
    )


def envelope(
    request: Request, results: list[Any], *, next_cursor: str | None, previous_cursor: str | None
) -> dict[str, Any]:
    """What every list answers with; the links keep the filters of the request."""
    return {
        "results": results,
        "next": _link(request, next_cursor),
        "previous": _link(request, previous_cursor),
    }


def read_cursor(cursor: str, ordering: str, rows: QuerySet[Any]) -> Place:
    """The place that a cursor names; raises ``bad_cursor`` for one that was made for another list."""
    column = ordering.removeprefix("-")
    try:
        packed = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        made_for, value, pk, backwards = orjson.loads(packed)
        if made_for != ordering:
            raise ValueError(made_for)
        return Place(_value(rows, column, value), uuid.UUID(pk), bool(backwards))
    except (binascii.Error, ValueError, TypeError, AttributeError, UnicodeError) as error:
        detail = _("Begin again without a cursor.")
        raise Problem("bad_cursor", detail, faults=[Fault("bad_cursor", detail, parameter="cursor")]) from error


def _value(rows: QuerySet[Any], column: str, value: Any) -> Any:
    kind = rows.model._meta.get_field(column).get_internal_type()
    if kind == "DateTimeField":
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(value)
        return moment
    if kind == "CharField" and isinstance(value, str) and "\x00" not in value:
        return value
    if kind == "PositiveIntegerField" and isinstance(value, int) and 0 <= value <= _MAX_INTEGER:
        return value
    raise ValueError(value)


def _beyond(column: str, place: Place, descending: bool) -> Q:
    """The first condition is what an index can use; the second one settles equal values."""
    beyond = "lt" if descending else "gt"
    settled = Q(**{f"{column}__{beyond}": place.value}) | Q(**{f"id__{beyond}": place.pk})
    return Q(**{f"{column}__{beyond}e": place.value}) & settled


def _cursor(ordering: str, value: Any, pk: uuid.UUID, backwards: int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([ordering, value, pk, backwards])).decode().rstrip("=")


def _link(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    params = request.query_params.copy()
    params["cursor"] = cursor
    return f"{request.path}?{params.urlencode()}"
