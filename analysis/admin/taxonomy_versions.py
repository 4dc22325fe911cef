"""Versions of the taxonomy: published snapshots, of which one labels, or the built-in taxonomy does."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analysis import access
from analysis.admin import taxonomy_pages
from analysis.admin.base import Admin, ReadOnly
from analysis.admin.display import NONE, as_json
from analysis.admin.themes import ForSupervisors
from analysis.models import TaxonomyVersion


@admin.register(TaxonomyVersion)
class TaxonomyVersionAdmin(ReadOnly, ForSupervisors, Admin):
    """Never changed and never deleted: results name them."""

    list_display = ("number", "is_active", "note", "published_by", "published_at", "digest", "step")
    list_select_related = ("published_by",)
    ordering = ("-number",)
    fields = ("number", "is_active", "note", "published_by", "published_at", "digest", "content")
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        """With the pages that change which one is active."""
        wrap: Any = self.admin_site.admin_view
        return [
            path("publish/", wrap(taxonomy_pages.publish), name="analysis_taxonomyversion_publish"),
            path("activate/", wrap(taxonomy_pages.activate), name="analysis_taxonomyversion_activate"),
            *super().get_urls(),
        ]

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Only who may activate is offered it."""
        return self.list_display if access.may_publish_themes(request.user) else self.list_display[:-1]

    @admin.display(description=gettext_lazy("activate"))
    def step(self, version: TaxonomyVersion) -> SafeString | str:
        """The way to have it label."""
        if version.is_active:
            return NONE
        address = reverse("admin:analysis_taxonomyversion_activate")
        return format_html('<a href="{}?version={}">{}</a>', address, version.number, _("Activate"))

    @admin.display(description=gettext_lazy("snapshot"))
    def content(self, version: TaxonomyVersion) -> str:
        """As data."""
        return as_json(version.snapshot)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list says what is active, which may be no row of it."""
        return super().changelist_view(request, (extra_context or {}) | taxonomy_pages.state_of_draft(request))
