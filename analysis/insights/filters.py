"""The one filter of comments that page, API, export and aggregates share.

It is read strictly: a parameter or value that is not known is an error that says what was probably meant, never
ignored, because a filter that silently does nothing shows wrong numbers.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from analysis.engines.base import EMOTIONS, ChurnRisk, Language, Sentiment, Urgency
from analysis.insights import fields
from analysis.insights.fields import Field, FilterError, did_you_mean
from analysis.models import CommentStatus, NpsGroup
from analysis.routing.taxonomy import known_codes

__all__ = ["FIELDS", "PARAMETERS", "CommentFilter", "FilterError"]


def _themes_with_sentiment() -> frozenset[str]:
    """Each theme by itself, and with each sentiment towards it."""
    themes = known_codes()
    return themes | {f"{theme}:{sentiment}" for theme in themes for sentiment in Sentiment}


FIELDS: tuple[Field, ...] = (
    fields.identifier("session"),
    fields.choice("sentiment", Sentiment),
    fields.choice("theme", ask=known_codes),
    fields.choice("theme_sentiment", Sentiment),
    fields.every("theme__all", ask=_themes_with_sentiment),
    fields.choice("emotion", EMOTIONS),
    fields.every("emotion__all", EMOTIONS),
    fields.choice("language", Language),
    fields.choice("urgency", Urgency),
    fields.choice("churn_risk", ChurnRisk),
    fields.choice("nps_group", NpsGroup.values),
    fields.choice("status", CommentStatus.values),
    fields.text("competitor", many=True),
    fields.every("competitor__all"),
    fields.text("region", many=True),
    fields.text("service", many=True),
    fields.text("channel", many=True),
    fields.number("rating__gte", 0, 10),
    fields.number("rating__lte", 0, 10),
    fields.number("rating__lt", 0, 10),
    fields.number("score__gte", -1, 1),
    fields.number("score__lt", -1, 1),
    fields.number("confidence__gte", 0, 1),
    fields.number("confidence__lt", 0, 1),
    fields.moment("created_at__gte"),
    fields.moment("created_at__lt"),
    fields.boolean("has_date"),
    fields.boolean("has_rating"),
    fields.boolean("is_duplicate"),
    fields.boolean("has_correction"),
    fields.boolean("is_uninformative"),
    fields.boolean("is_company_reply"),
    fields.boolean("is_fallback"),
    fields.boolean("rating_mismatch"),
    fields.row("row_number"),
    fields.group("group"),
    fields.text("q"),
)
#: Every parameter that a filter understands.
PARAMETERS: tuple[str, ...] = tuple(name for field in FIELDS for name in field.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentFilter:
    """Conditions that all hold; a tuple is any of its values, but for ``__all``: each of them.

    Equal filters have equal ``to_params()``.

    ``sentiment``, ``theme``, ``emotion``, ``urgency``, ``churn_risk`` and ``score`` are the effective values: a
    person's where there is one, else the engine's current one. ``theme`` with ``theme_sentiment`` means the sentiment
    towards that very theme; ``theme__all`` takes both as "price:negative". ``q`` asks for each of its words, whatever
    their case, accents and apostrophes. ``group`` is one of a discovery, as "<its id>:<number>", 0 for the comments in
    none; a group that there is not has no comments.
    """

    session: uuid.UUID | None = None
    sentiment: tuple[str, ...] = ()
    theme: tuple[str, ...] = ()
    theme_sentiment: tuple[str, ...] = ()
    theme__all: tuple[str, ...] = ()
    emotion: tuple[str, ...] = ()
    emotion__all: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    churn_risk: tuple[str, ...] = ()
    nps_group: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    competitor: tuple[str, ...] = ()
    competitor__all: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    rating__gte: float | None = None
    rating__lte: float | None = None
    rating__lt: float | None = None
    score__gte: float | None = None
    score__lt: float | None = None
    confidence__gte: float | None = None
    confidence__lt: float | None = None
    created_at__gte: datetime | None = None
    created_at__lt: datetime | None = None
    has_date: bool | None = None
    has_rating: bool | None = None
    is_duplicate: bool | None = None
    has_correction: bool | None = None
    is_uninformative: bool | None = None
    is_company_reply: bool | None = None
    is_fallback: bool | None = None
    rating_mismatch: bool | None = None
    row_number: int | None = None
    group: str | None = None
    q: str | None = None

    @classmethod
    def parse(cls, params: Mapping[str, Sequence[str] | str], *, besides: Collection[str] = ()) -> CommentFilter:
        """Read query parameters (a ``QueryDict`` too); blank values, as forms send them, count as not given.

        Args:
            params: names and values as ``PARAMETERS`` lists them.
            besides: names that the caller reads itself, such as "ordering" and "cursor".

        Raises:
            FilterError: a name or a value is not known, or is given twice.
        """
        given = {name: values for name in params if (values := _values(params, name)) and name not in besides}
        for name in given:
            if name not in PARAMETERS:
                raise FilterError(name, _("Unknown filter."), did_you_mean(name, [*PARAMETERS, *besides]))
        read = {field.name: field.parse(given) for field in FIELDS}
        return cls(**{name: value for name, value in read.items() if value is not None})

    def to_params(self) -> dict[str, list[str]]:
        """The parameters that ``parse`` reads as this filter, in one fixed order and wording."""
        params: dict[str, list[str]] = {}
        for field in FIELDS:
            params |= field.to_params(getattr(self, field.name))
        return params

    def query_string(self) -> str:
        """``to_params`` as the query of a URL, without the question mark; also the filter's name in cache keys."""
        return urlencode(self.to_params(), doseq=True)

    def where(self, **values: Any) -> CommentFilter:
        """This filter with fields replaced, in terms of Python: ``filter.where(sentiment=("negative",))``."""
        return dataclasses.replace(self, **values)

    def without(self, *names: str) -> CommentFilter:
        """This filter with fields set back to "anything"."""
        empty = CommentFilter()
        return dataclasses.replace(self, **{name: getattr(empty, name) for name in names})

    def active(self) -> Iterable[tuple[str, Any]]:
        """Names and values of the fields that are set, for the chips of a page."""
        return [(field.name, value) for field in FIELDS if (value := getattr(self, field.name)) not in (None, ())]


def _values(params: Mapping[str, Sequence[str] | str], name: str) -> list[str]:
    """All values given under a name, blank ones left out."""
    getlist = getattr(params, "getlist", None)
    values = getlist(name) if getlist else params[name]
    if isinstance(values, str):
        values = [values]
    return [value for value in values if value.strip()]
