"""Lists of tables with millions of rows: newest first without a session, filters and search only within one.

Without a session only the primary key's index is read; a filter or a search there could read the whole table for a
page of rows, so it is refused, also when somebody types it into the address.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from analysis.admin.base import Admin, ReadOnly
from analysis.models import Session

SESSION_LOOKUP = "session__id__exact"
_NEWEST = 12


class FixedOrderChangeList(ChangeList):
    """A list in the order of its index; the address cannot ask for another one."""

    def get_ordering_field(self, field_name: Any) -> None:
        """No column sorts."""
        return


class SessionFilter(admin.SimpleListFilter):
    """The newest sessions and the chosen one, never all of them."""

    title = _("session")
    parameter_name = SESSION_LOOKUP

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any) -> None:
        self.session_path = model_admin.session_path
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Ids and names of sessions that the reader may see."""
        visible = admin.site.get_model_admin(Session).get_queryset(request).values_list("pk", "name")
        found = list(visible.order_by("-pk")[:_NEWEST])
        chosen = chosen_session(request)
        if chosen and chosen not in {pk for pk, _name in found}:
            found += list(visible.filter(pk=chosen))
        return [(str(pk), name) for pk, name in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        """The rows of the chosen session."""
        if not self.value():
            return None
        chosen = chosen_session(request)
        return queryset.filter(**{self.session_path: chosen}) if chosen else queryset.none()


def chosen_session(request: HttpRequest) -> uuid.UUID | None:
    """The session that the address names."""
    try:
        return uuid.UUID(request.GET.get(SESSION_LOOKUP, ""))
    except ValueError:
        return None


class SessionBoundAdmin(ReadOnly, Admin):
    """``bound_*``: what is offered within a session; ``session_path`` leads from a row to it, by way of an index."""

    team_path = "session__team"
    session_path: ClassVar[str] = "session"
    bound_filters: ClassVar[tuple[Any, ...]] = ()
    bound_search: ClassVar[tuple[str, ...]] = ()
    bound_ordering: ClassVar[tuple[str, ...]] = ("session_id", "row_number")  # "session" would sort by its date

    def get_changelist(self, request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:
        """The list class."""
        return FixedOrderChangeList

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        """Filters: the session, and more within one."""
        return (SessionFilter, *(self.bound_filters if chosen_session(request) else ()))

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Within a session its name says nothing new."""
        columns: tuple[str, ...] = tuple(super().get_list_display(request))  # type: ignore[arg-type]
        return tuple(name for name in columns if name != "session") if chosen_session(request) else columns

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search: within a session only."""
        return self.bound_search if chosen_session(request) else ()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first over all, by row within a session."""
        return self.bound_ordering if chosen_session(request) else ("-pk",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse what the page does not offer, with 400."""
        if lookup == SESSION_LOOKUP:
            return True
        return chosen_session(request) is not None and super().lookup_allowed(lookup, value, request)
