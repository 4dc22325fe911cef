"""Teams, their members, and the accounts: superusers only, since each of these rows gives rights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from analysis.admin.base import Admin, SuperusersOnly
from analysis.admin.display import NONE
from analysis.models import Membership, Session, Team


class MemberInline(SuperusersOnly, admin.TabularInline):  # type: ignore[type-arg]
    """The people of a team."""

    model = Membership
    autocomplete_fields = ("user",)
    extra = 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With their names."""
        return super().get_queryset(request).select_related("user", "team")


class MembershipInline(SuperusersOnly, admin.StackedInline):  # type: ignore[type-arg]
    """Team and role of an account."""

    model = Membership
    autocomplete_fields = ("team",)


@admin.register(Team)
class TeamAdmin(SuperusersOnly, Admin):
    """A team that owns sessions cannot be deleted."""

    list_display = ("name", "teaches", "created_at")
    search_fields = ("name",)
    ordering = ("name",)
    inlines = (MemberInline,)

    def get_deleted_objects(
        self, objs: QuerySet[Any] | Sequence[Any], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Its sessions stand in the way; they are deleted first, one by one."""
        teams = list(objs)
        owned = list(Session.objects.filter(team__in=teams).values_list("name", flat=True)[:20])
        return [str(team) for team in teams], {str(Team._meta.verbose_name_plural): len(teams)}, set(), owned


@admin.register(Membership)
class MembershipAdmin(SuperusersOnly, Admin):
    """Who is in which team, with which role."""

    list_display = ("user", "team", "role")
    list_select_related = ("user", "team")
    list_filter = ("role",)
    search_fields = ("user__username",)
    autocomplete_fields = ("user", "team")


admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class AccountAdmin(SuperusersOnly, Admin, UserAdmin):  # type: ignore[type-arg]
    """Accounts, with team and role beside Django's own fields."""

    list_display = ("username", "team", "role", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    list_select_related = ("membership__team",)
    ordering = ("username",)
    inlines = (MembershipInline,)

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> tuple[Any, ...]:
        """A new account gets its name and password first."""
        return self.inlines if obj else ()

    @admin.display(description=_("team"))
    def team(self, user: User) -> str:
        """The team's name."""
        membership = getattr(user, "membership", None)
        return str(membership.team) if membership else NONE

    @admin.display(description=_("role"))
    def role(self, user: User) -> str:
        """The role's name."""
        membership = getattr(user, "membership", None)
        return str(membership.get_role_display()) if membership else NONE


@admin.register(Group)
class PermissionGroupAdmin(SuperusersOnly, Admin, GroupAdmin):
    """What staff without all rights may open here."""

    ordering = ("name",)
