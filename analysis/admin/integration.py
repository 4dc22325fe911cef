"""Tokens of programs, replays of their requests, and the trail of who did what."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from analysis.admin.base import Admin, ReadOnly, SuperusersOnly
from analysis.admin.display import as_json, excerpt
from analysis.models import ApiToken, AuditEntry, IdempotencyKey, RateWindow
from analysis.tokens import revoke_token


@admin.register(ApiToken)
class ApiTokenAdmin(Admin):
    """Tokens are made by their owners, who alone see them, once; here they are closed."""

    team_path = "user__membership__team"
    list_display = ("prefix", "name", "user", "granted", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    fields = ("name", "prefix", "user", "granted", "created_at", "expires_at", "last_used_at", "revoked_at")
    readonly_fields = fields
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A token made here would be known to somebody else than its owner."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A closed token stays as a witness."""
        return False

    @admin.display(description=_("scopes"))
    def granted(self, token: ApiToken) -> str:
        """The rights."""
        return ", ".join(token.scopes)

    @admin.action(description=_("Revoke"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Close what is open."""
        open_ones = list(queryset.filter(revoked_at=None))
        for token in open_ones:
            revoke_token(token=token, actor=request.user)  # type: ignore[arg-type]
        closed = len(open_ones)
        text = ngettext("%(n)d token was revoked.", "%(n)d tokens were revoked.", closed) % {"n": closed}
        self.message_user(request, text, messages.SUCCESS if closed else messages.INFO)


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnly, SuperusersOnly, Admin):
    """Kept for a day; the stored answers are never shown."""

    list_display = ("key", "user", "status", "created_at")
    list_select_related = ("user",)
    fields = ("key", "user", "request_digest", "status", "created_at")


@admin.register(RateWindow)
class RateWindowAdmin(ReadOnly, SuperusersOnly, Admin):
    """Filled while Redis is away, and emptied by the sweep."""

    list_display = ("key", "hits", "ends_at")
    ordering = ("-ends_at",)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, Admin):
    """Every change, by person and object."""

    team_path = "actor__membership__team"
    list_display = ("created_at", "actor", "action", "object_type", "object_id", "summary")
    list_select_related = ("actor",)
    search_fields = ("object_id",)
    search_help_text = _("The whole id of an object.")
    fields = ("created_at", "actor", "action", "object_type", "object_id", "details")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The trail of one object, by the index over kind and id; anything but an id finds nothing."""
        if not search_term.strip():
            return queryset, False
        try:
            wanted = str(uuid.UUID(search_term.strip()))
        except ValueError:
            wanted = search_term.strip()
        kinds = [model._meta.model_name for model in admin.site._registry]
        return queryset.filter(object_type__in=kinds, object_id=wanted), False

    @admin.display(description=_("detail"))
    def summary(self, entry: AuditEntry) -> str:
        """The beginning of the detail."""
        return excerpt(", ".join(f"{name}: {value}" for name, value in entry.detail.items()), 80)

    @admin.display(description=_("detail"))
    def details(self, entry: AuditEntry) -> str:
        """The whole detail."""
        return as_json(entry.detail)
