"""Budgets, which people set, and what the ledger holds, which they look at."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Case, OuterRef, QuerySet, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from analysis.admin.base import Admin, ReadOnly
from analysis.admin.bounded import FixedOrderChangeList
from analysis.admin.display import NONE
from analysis.insights import labels
from analysis.models import Budget, BudgetScope, ProviderCall, Spending, Usage
from analysis.routing import ledger
from analysis.web import figures

_DAYS = "days"
_PERIODS = {"1": _("Today"), "7": _("The last 7 days"), "30": _("The last 30 days")}


@admin.register(Budget)
class BudgetAdmin(Admin):
    """A call that could go beyond a budget is not made: its session pauses, a request is refused. No row, no limit."""

    list_display = ("scope", "most", "committed", "left")
    ordering = ("scope",)
    fields = ("scope", "most")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Budget]:
        """With what the current day and month have cost."""
        now = [ledger.period_key(BudgetScope.DAY), ledger.period_key(BudgetScope.MONTH)]
        spent = Spending.objects.filter(scope=OuterRef("scope"), key__in=now).values("committed")[:1]
        amount = Case(When(scope__in=(BudgetScope.DAY, BudgetScope.MONTH), then=Coalesce(spent, ledger.NOTHING)))
        rows: QuerySet[Budget] = super().get_queryset(request).annotate(spent=amount)
        return rows

    @admin.display(description=_("spent in this period, with what is in flight"))
    def committed(self, budget: Budget) -> str:
        """Of the current day or month; each session has its own."""
        return figures.money(_spent(budget))

    @admin.display(description=_("left"))
    def left(self, budget: Budget) -> str:
        """What may still be spent."""
        spent = _spent(budget)
        return figures.NOTHING if spent is None else figures.money(budget.most - spent)


def _spent(budget: Budget) -> Decimal | None:
    spent: Decimal | None = getattr(budget, "spent", None)
    return spent


class PeriodFilter(admin.SimpleListFilter):
    """The days of the ledger that an index finds."""

    title = _("day")
    parameter_name = _DAYS

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """A few periods."""
        return list(_PERIODS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """From the first of the days on."""
        since = chosen_day(request)
        return queryset.filter(day__gte=since) if since else queryset


class CodeFilter(admin.SimpleListFilter):
    """The known codes of a column, rather than those that a walk through the whole table would find."""

    names: Mapping[str, Any] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Each code with its name."""
        return list(self.names.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows with the chosen code."""
        code = self.value()
        return queryset.filter(**{str(self.parameter_name): code}) if code in self.names else queryset


class EngineFilter(CodeFilter):
    """The engine, of lines of the ledger the one that was asked."""

    title, parameter_name, names = _("engine"), "engine", labels.ENGINES


class TroubleFilter(CodeFilter):
    """What went wrong with a call."""

    title, parameter_name, names = _("trouble"), "trouble", labels.TROUBLES


def chosen_day(request: HttpRequest) -> date | None:
    """The first day of the period that the address names."""
    days = request.GET.get(_DAYS, "")
    return timezone.localdate() - timedelta(days=int(days) - 1) if days in _PERIODS else None


class LedgerAdmin(ReadOnly, Admin):
    """A long list: filters only within some days, search only for the whole id of a session. Of the installation."""

    bound_filters: tuple[Any, ...] = ()
    bound_lookups: tuple[str, ...] = ("engine",)
    search_fields = ("session_id",)
    search_help_text = _("The whole id of a session.")

    def get_changelist(self, request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:
        """The newest first, whatever the address asks for."""
        return FixedOrderChangeList

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        """The days, and more within them."""
        return (PeriodFilter, *(self.bound_filters if chosen_day(request) else ()))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse what the page does not offer, with 400."""
        return lookup == _DAYS or (chosen_day(request) is not None and lookup in self.bound_lookups)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The rows of one session, by its index; anything but an id finds nothing."""
        if not search_term.strip():
            return queryset, False
        try:
            return queryset.filter(session_id=uuid.UUID(search_term.strip())), False
        except ValueError:
            return queryset.none(), False

    @admin.display(description=_("engine"))
    def engine_name(self, row: ProviderCall | Usage) -> str:
        """In words."""
        return labels.name_of("engine", row.engine)

    @admin.display(description=_("session"))
    def whose(self, row: ProviderCall | Usage) -> SafeString | str:
        """Its id, which leads whoever may see it to it; its name is its team's."""
        if row.session_id is None:
            return NONE
        address = reverse("admin:analysis_session_change", args=[row.session_id])
        return format_html('<a href="{}">{}</a>', address, str(row.session_id))


@admin.register(ProviderCall)
class ProviderCallAdmin(LedgerAdmin):
    """Lines of the ledger; not a word of what was asked is in them."""

    list_display = ("created_at", "node", "model", "items", "amount", "state", "what_went_wrong", "tokens_in",
                    "tokens_out", "whose")  # fmt: skip
    list_select_related = ("node",)
    bound_filters = (EngineFilter, "state", "node", TroubleFilter)
    bound_lookups = ("engine", "trouble", "state__exact", "node__id__exact")
    fields = ("created_at", "settled_at", "day", "engine_name", "model", "node", "whose", "items", "tokens_in",
              "tokens_out", "reserved", "cost", "state", "what_went_wrong")  # fmt: skip
    readonly_fields = fields

    @admin.display(description=_("cost"))
    def amount(self, call: ProviderCall) -> str:
        """Billed, or promised while it is in flight."""
        return figures.money(call.cost)

    @admin.display(description=_("trouble"))
    def what_went_wrong(self, call: ProviderCall) -> str:
        """In words."""
        return labels.name_of("trouble", call.trouble) if call.trouble else NONE


@admin.register(Spending)
class SpendingAdmin(ReadOnly, Admin):
    """What each day, month and session has cost; the sums that budgets are held against."""

    list_display = ("scope", "key", "committed")
    list_filter = ("scope",)
    search_fields = ("key__exact",)
    search_help_text = _("A date, a month such as 2026-11, or the whole id of a session.")


@admin.register(Usage)
class UsageAdmin(LedgerAdmin):
    """Which way texts found their labels; the ways add up to the texts."""

    list_display = ("day", "engine_name", "texts", "trivial", "sure", "cached", "provided", "fallbacks", "repeats",
                    "run", "whose")  # fmt: skip
    bound_filters = (EngineFilter,)
    fields = ("day", "engine_name", "whose", "run", "texts", "trivial", "sure", "cached", "provided", "fallbacks",
              "repeats")  # fmt: skip
    readonly_fields = fields
