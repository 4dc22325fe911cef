"""The shared filter of comments as query parameters of the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from analysis.api.pagination import MAX_SIZE, PageQuery
from analysis.api.problems import Fault, Problem
from analysis.engines.base import EMOTIONS, ChurnRisk, Language, Sentiment, Urgency
from analysis.insights.filters import PARAMETERS, CommentFilter
from analysis.insights.paging import ORDERINGS
from analysis.models import CommentStatus, NpsGroup

_PAGING = ("cursor", "page_size", "ordering")


_CODES: Mapping[str, Iterable[str]] = {
    "sentiment": [code.value for code in Sentiment],
    "theme_sentiment": [code.value for code in Sentiment],
    "emotion": EMOTIONS,
    "language": [code.value for code in Language],
    "urgency": [code.value for code in Urgency],
    "churn_risk": [code.value for code in ChurnRisk],
    "nps_group": NpsGroup.values,
    "status": CommentStatus.values,
}
_THEMES = ("theme", "theme__in")
_FLAGS = ("has_", "is_", "rating_mismatch")
_NUMBERS = ("rating__", "score__", "confidence__")
_NOTES = {
    "q": "Each of its words, whatever their case, accents and apostrophes.",
    "theme": "A code of `GET /themes`, or one that an earlier version of the taxonomy had.",
    "theme_sentiment": "With `theme`: the sentiment towards that very theme.",
    "session": "One session.",
    "row_number": "Row of the file, counted from 1.",
    "group": "A group of a discovery: its id, a colon and the number of the group; 0 is what is in none.",
}


class FilterQuery(serializers.Serializer[Any]):
    """Every filter of comments. Labels are the ones that count: the person's, else the engine's."""

    def get_fields(self) -> dict[str, Any]:
        """Names come from the filter itself, so that none can be forgotten here."""
        return {**super().get_fields(), **{name: _documented(name) for name in PARAMETERS}}


class SessionFilterQuery(FilterQuery):
    """The filters of one session's comments; the session is in the address."""

    def get_fields(self) -> dict[str, Any]:
        """All but the session."""
        fields = super().get_fields()
        del fields["session"]
        return fields


def _documented(name: str) -> serializers.Field[Any, Any, Any, Any]:
    """What the document says of a parameter; ``CommentFilter`` is what reads it."""
    said: dict[str, Any] = {"required": False, "help_text": _NOTES.get(name, "")}
    if name in _CODES:
        return serializers.ChoiceField(choices=list(_CODES[name]), **said)
    if name.endswith("__in"):
        separated = name in _THEMES or name.removesuffix("__in") in _CODES
        note = "Several values, separated by commas." if separated else "A value; repeat the parameter for more."
        return serializers.CharField(**{**said, "help_text": note})
    if name.startswith(_FLAGS):
        return serializers.BooleanField(**said)
    if name.startswith(_NUMBERS):
        return serializers.FloatField(**said)
    if name.startswith("created_at"):
        return serializers.CharField(**{**said, "help_text": "A date or a moment, ISO 8601."})
    if name == "session":
        return serializers.UUIDField(**said)
    return serializers.IntegerField(**said) if name == "row_number" else serializers.CharField(**said)


def _ordering() -> serializers.ChoiceField:
    names = [*ORDERINGS, *(f"-{name}" for name in ORDERINGS)]
    return serializers.ChoiceField(choices=names, required=False, help_text="Comments without the value come last.")


class CommentQuery(PageQuery, FilterQuery):
    """Filters, order and page of a list of comments."""

    ordering = _ordering()


class SessionCommentQuery(PageQuery, SessionFilterQuery):
    """Filters, order and page of the list of a session's comments."""

    ordering = _ordering()


def read_filter(
    request: Request, *, besides: tuple[str, ...] = _PAGING, session_is_given: bool = False
) -> dict[str, Any]:
    """The filter under "filter", and what else the caller reads; raises ``FilterError``."""
    params = request.query_params
    if session_is_given and "session" in params:
        fault = Fault("unknown_parameter", _("The session is in the address."), parameter="session")
        raise Problem("unknown_parameter", fault.detail, faults=[fault])
    for name, values in params.lists():
        if not all(value.strip() for value in values):
            raise _wrong(name[:60], _("It has no value."))
    query: dict[str, Any] = {"filter": CommentFilter.parse(params, besides=besides)}
    for name in besides:
        if len(values := params.getlist(name)) > 1:
            raise _wrong(name, _("Given twice."))
        if values:
            query[name] = values[0]
    if "page_size" in query:
        query["page_size"] = _page_size(query["page_size"])
    return query


def _page_size(value: str) -> int:
    if value.isascii() and value.isdigit() and len(value) < 6 and 1 <= int(value) <= MAX_SIZE:
        return int(value)
    raise _wrong("page_size", _("A whole number from 1 to %(most)d.") % {"most": MAX_SIZE})


def _wrong(name: str, detail: str) -> Problem:
    return Problem("invalid", detail, faults=[Fault("invalid", detail, parameter=name)])
