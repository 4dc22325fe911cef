"""The comments of a group that a discovery found, and those that topics are looked for in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F, Func, IntegerField, Q, QuerySet, TextField
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast

from analysis.engines.base import THEMES
from analysis.models import Discovery

if TYPE_CHECKING:
    from analysis.insights.comments import LabelledComment

#: Themes that a comment gets for want of another one.
UNKNOWN_THEMES = ("general_satisfaction", "other")


def within(value: str) -> Q:
    """A condition on comments: their row is in that list of the discovery's members, and their session is its own."""
    found, _colon, number = value.partition(":")
    discovery = Discovery.objects.filter(pk=found).order_by()
    rows = Func(
        KeyTransform(number, "members"), function="jsonb_array_elements_text", output_field=TextField(),
    )  # fmt: skip
    rows.set_returning = True
    numbers = discovery.annotate(row=Cast(rows, IntegerField())).values("row")
    return Q(session__in=discovery.values("session"), row_number__in=numbers)


def unexplained(comments: QuerySet[LabelledComment]) -> QuerySet[LabelledComment]:
    """Those that have no theme but "other" or "general_satisfaction", and no word that shows it."""
    result = Q()
    for code in UNKNOWN_THEMES:
        result |= _has("effective_themes", code=code)
    for code in THEMES:
        if code not in UNKNOWN_THEMES:
            result &= ~_has("effective_themes", code=code)
    for code in UNKNOWN_THEMES:
        result &= ~_has("result_evidence", label=f"theme:{code}")
    return comments.alias(result_evidence=F("current__evidence")).filter(result)


def _has(column: str, **member: Any) -> Q:
    return Q(**{f"{column}__contains": [member]})
