"""What all admin pages share: whose rows, how many of them, and a line in the audit trail for each change.

A superuser sees every row. Other staff see, of the models they hold permissions for, the rows of their own team and
nothing without a team. No list counts more than ``CappedPaginator.limit`` rows, however many there are.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.functional import cached_property

from analysis import access


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts up to ``limit`` rows; beyond that it says about how many the table has, from PostgreSQL's statistics."""

    limit = 10_000

    @cached_property
    def count(self) -> int:
        """Rows that can be paged through."""
        return min(self._counted, self.limit)

    @property
    def is_capped(self) -> bool:
        """Whether there are more rows than can be paged through."""
        return self._counted > self.limit

    @cached_property
    def estimate(self) -> int | None:
        """About how many rows an unfiltered list has; None for a filtered one."""
        query: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        if query.query.where:
            return None
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [query.model._meta.db_table]
            )
            row = cursor.fetchone()
        return int(row[0]) if row and row[0] > self.limit else None

    @cached_property
    def _counted(self) -> int:
        query: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return query.order_by()[: self.limit + 1].count()


class Admin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A list that stays cheap, and changes that are written down.

    ``team_path`` leads from a row to its team; None means that the rows belong to the installation as a whole.
    """

    team_path: ClassVar[str | None] = None
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """All rows for superusers, the own team's for other staff, none for staff without a team."""
        rows = super().get_queryset(request)
        if getattr(request.user, "is_superuser", False) or self.team_path is None:
            return rows
        team = access.team_of(request.user)
        return rows.filter(**{self.team_path: team}) if team else rows.none()

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm[Any], change: bool) -> None:
        """Write the fields that were changed and no others: workers write the rest meanwhile."""
        if change:
            concrete = {field.name for field in obj._meta.concrete_fields}
            obj.save(update_fields=[name for name in form.changed_data if name in concrete])
        else:
            obj.save()
        action = f"{obj._meta.model_name}.{'change' if change else 'add'}"
        access.record(request.user, action, obj, fields=sorted(form.changed_data))

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Delete one row."""
        access.record(request.user, f"{obj._meta.model_name}.delete", obj)
        obj.delete()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete one by one, so that each has its line in the audit trail."""
        for obj in queryset:
            self.delete_model(request, obj)


class ReadOnly:
    """Rows that the machine writes: people look at them."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes."""
        return False


class SuperusersOnly:
    """Rows that give rights or show what nobody else needs to see."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the model is listed."""
        return _is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether rows may be looked at."""
        return _is_superuser(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether rows may be added."""
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether rows may be changed."""
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether rows may be deleted."""
        return _is_superuser(request)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)
