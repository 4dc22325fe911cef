"""A filter as people see it: chips that can be taken away, choices that can be ticked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analysis.insights import labels
from analysis.insights.filters import CommentFilter
from analysis.web import figures

NAMES: dict[str, str | Promise] = {
    "sentiment": gettext_lazy("Sentiment"),
    "theme": gettext_lazy("Theme"),
    "theme_sentiment": gettext_lazy("Sentiment towards the theme"),
    "emotion": gettext_lazy("Emotion"),
    "language": gettext_lazy("Language"),
    "urgency": gettext_lazy("Urgency"),
    "churn_risk": gettext_lazy("Churn risk"),
    "nps_group": gettext_lazy("NPS group"),
    "status": gettext_lazy("Status"),
    "competitor": gettext_lazy("Competitor"),
    "region": gettext_lazy("Region"),
    "service": gettext_lazy("Service"),
    "channel": gettext_lazy("Channel"),
    "row_number": gettext_lazy("Row"),
    "q": gettext_lazy("Search"),
}
FLAGS: dict[str, tuple[str | Promise, str | Promise]] = {
    "has_date": (gettext_lazy("With a date"), gettext_lazy("Without a date")),
    "has_rating": (gettext_lazy("With a rating"), gettext_lazy("Without a rating")),
    "is_duplicate": (gettext_lazy("Repeats only"), gettext_lazy("Without repeats")),
    "has_correction": (gettext_lazy("Corrected by a person"), gettext_lazy("Not corrected")),
    "is_uninformative": (gettext_lazy("Says nothing"), gettext_lazy("Says something")),
    "is_company_reply": (gettext_lazy("Replies of the company"), gettext_lazy("No replies of the company")),
    "is_fallback": (gettext_lazy("Labelled by the fallback"), gettext_lazy("Labelled by the chosen engine")),
    "rating_mismatch": (gettext_lazy("Rating contradicts the text"), gettext_lazy("Rating goes with the text")),
}
_BOUNDS: dict[str, str | Promise] = {
    "rating__gte": gettext_lazy("Rating from %(value)s"),
    "rating__lte": gettext_lazy("Rating up to %(value)s"),
    "rating__lt": gettext_lazy("Rating below %(value)s"),
    "score__gte": gettext_lazy("Score from %(value)s"),
    "score__lt": gettext_lazy("Score below %(value)s"),
    "confidence__gte": gettext_lazy("Confidence from %(value)s"),
    "confidence__lt": gettext_lazy("Confidence below %(value)s"),
    "created_at__gte": gettext_lazy("From %(value)s"),
    "created_at__lt": gettext_lazy("Before %(value)s"),
}
#: The choices that the form offers, by the filter's field, in this order.
OFFERED = ("sentiment", "theme", "urgency", "churn_risk", "nps_group", "emotion", "language", "status")


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition in words, and the query of the same list without it."""

    text: str
    without: str


@dataclass(frozen=True, slots=True)
class Option:
    """A value that can be ticked."""

    value: str
    label: str
    checked: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The values of one field; ``name`` is the parameter that several of them may be given under."""

    field: str
    label: str
    options: list[Option]

    @property
    def name(self) -> str:
        """Any of the values ticked may hold."""
        return f"{self.field}__in"

    @property
    def chosen(self) -> int:
        """How many are ticked."""
        return sum(option.checked for option in self.options)


def chips(chosen: CommentFilter) -> list[Chip]:
    """A chip for each condition, and for each of several values; the session is the page's, not a chip."""
    found = []
    plain = chosen.without("session")
    for field, value in plain.active():
        if isinstance(value, tuple):
            for each in value:
                rest = plain.where(**{field: tuple(other for other in value if other != each)})
                found.append(Chip(_in_words(field, each), rest.query_string()))
        else:
            found.append(Chip(_in_words(field, value), plain.without(field).query_string()))
    return found


def groups(chosen: CommentFilter) -> list[Group]:
    """What the form offers, with what is chosen ticked."""
    return [_group(field, labels.ALL[field], getattr(chosen, field)) for field in OFFERED]


def hidden(chosen: CommentFilter) -> list[tuple[str, str]]:
    """Conditions that the form has no place for; they stay on when it is sent."""
    rest = chosen.without("session", "q", *OFFERED).to_params()
    return [(name, value) for name, values in rest.items() for value in values]


def _group(field: str, names: Mapping[str, labels.Name], chosen: tuple[str, ...]) -> Group:
    options = [Option(code, str(name), code in chosen) for code, name in names.items()]
    return Group(field, capfirst(str(NAMES[field])), options)


def _in_words(field: str, value: Any) -> str:
    if field in FLAGS:
        return str(FLAGS[field][0 if value else 1])
    if field in _BOUNDS:
        return str(_BOUNDS[field]) % {"value": _figure(value)}
    if field == "group":
        return _group_in_words(value)
    if field == "q":
        return _("Text holds “%(words)s”") % {"words": value}
    field = field.removesuffix("__all")
    return f"{capfirst(str(NAMES[field]))}: {_value(field, value)}"


def _group_in_words(value: str) -> str:
    number = int(value.partition(":")[2])
    return _("Group %(number)s of those found") % {"number": figures.number(number)} if number else _("In no group")


def _value(field: str, value: Any) -> str:
    """One value in words; "price:negative" is a theme with the sentiment towards it."""
    kind = "sentiment" if field == "theme_sentiment" else field
    if kind not in labels.ALL:
        return _figure(value)
    code, _colon, towards = value.partition(":")
    name = labels.name_of(kind, code)
    return f"{name} ({labels.name_of('sentiment', towards)})" if towards else name


def _figure(value: Any) -> str:
    if isinstance(value, datetime):
        local = timezone.localtime(value)
        midnight = local.hour == local.minute == local.second == 0
        return date_format(local, "SHORT_DATE_FORMAT" if midnight else "SHORT_DATETIME_FORMAT")
    if isinstance(value, float):
        return figures.number(value, 0 if value.is_integer() else 2)
    return figures.number(value) if isinstance(value, int) else str(value)
