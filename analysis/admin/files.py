"""Uploaded files, and the rows of them that could not become comments."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from analysis.admin.base import Admin, CappedPaginator, ReadOnly
from analysis.admin.bounded import SessionBoundAdmin, chosen_session
from analysis.admin.display import as_json, excerpt
from analysis.models import RejectedRow, StoredFile


class ReasonFilter(admin.SimpleListFilter):
    """The reasons that occur among the first rows of the chosen session."""

    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[RejectedRow]) -> list[tuple[str, str]]:
        """The codes."""
        rows = RejectedRow.objects.filter(session=chosen_session(request)).order_by()
        reasons = set(rows.values_list("reason", flat=True)[: CappedPaginator.limit])
        return [(reason, reason) for reason in sorted(reasons)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[RejectedRow]) -> QuerySet[RejectedRow]:
        """The rows with that reason."""
        return queryset.filter(reason=self.value()) if self.value() else queryset


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnly, Admin):
    """The bytes stay where they are; a file goes with its last session."""

    team_path = "team"
    list_display = ("original_name", "readable_size", "team", "created_by", "created_at")
    list_select_related = ("team", "created_by")
    search_fields = ("original_name",)
    fields = ("original_name", "stored_name", "readable_size", "sha256", "team", "created_by", "created_at")

    @admin.display(description=_("size"))
    def readable_size(self, file: StoredFile) -> str:
        """In kilobytes or megabytes."""
        return filesizeformat(file.size)


@admin.register(RejectedRow)
class RejectedRowAdmin(SessionBoundAdmin):
    """Each with its line, column, value and reason."""

    list_display = ("row_number", "line", "column", "beginning", "reason", "session", "created_at")
    list_select_related = ("session",)
    bound_filters = (ReasonFilter,)
    bound_search = ("value",)
    fields = ("session", "row_number", "line", "column", "value", "reason", "whole_row", "created_at", "id")

    @admin.display(description=_("value"))
    def beginning(self, row: RejectedRow) -> str:
        """The beginning of the offending value."""
        return excerpt(row.value, 60)

    @admin.display(description=_("row"))
    def whole_row(self, row: RejectedRow) -> str:
        """All cells by the file's own column names."""
        return as_json(row.cells)
