"""Alerts, the rules that raise them, and the notices that were sent."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from perf.admin.base import Measured
from perf.alerts import handling, words
from perf.models import Alert, AlertRule, Notice

_OPEN = pgettext_lazy("alert", "open")


class OpenFilter(admin.SimpleListFilter):
    """Open ones and closed ones."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """What there is to choose."""
        return [("open", _OPEN), ("closed", _("closed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The chosen ones."""
        return queryset if self.value() is None else queryset.filter(closed_at__isnull=self.value() == "open")


@admin.register(Alert)
class AlertAdmin(Measured):
    """What is bad just now, what was, and why. Whoever may change alerts takes note of them, or closes them by hand."""

    list_display = ("what", "state", "why", "opened_at", "closed_at", "notices")
    list_display_links = ("what",)
    list_filter = (OpenFilter, "rule", "end")
    list_select_related = ("rule", "acknowledged_by")
    search_fields = ("subject", "rule__name")
    date_hierarchy = "opened_at"
    actions = ("acknowledge", "close")
    fields = (
        "what", "state", "why_at_first", "why", "rule", "subject", "opened_at", "last_bad_at", "notified_at", "notices",
        "acknowledged_at", "acknowledged_by", "closed_at", "end", "told",
    )  # fmt: skip
    readonly_fields = fields
    save_on_top = True
    change_form_template = "perf/alert_change_form.html"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only by the buttons: nothing of an alert can be written."""
        return ModelAdmin.has_change_permission(self, request, obj)

    @admin.display(description=_("alert"))
    def what(self, alert: Alert) -> str:
        """In a few words."""
        return words.title(alert)

    @admin.display(description=_("state"), ordering="closed_at")
    def state(self, alert: Alert) -> SafeString:
        """Open, known, or how it ended."""
        if alert.closed_at:
            return format_html('<span class="alert-state">{}</span>', alert.get_end_display())
        if alert.acknowledged_at:
            return format_html('<span class="alert-state known">{}</span>', _("open, known"))
        return format_html('<span class="alert-state open">{}</span>', _OPEN)

    @admin.display(description=_("why"))
    def why(self, alert: Alert) -> str:
        """The last figures that were bad."""
        return words.because(alert.rule.kind, alert.latest)

    @admin.display(description=_("why it was opened"))
    def why_at_first(self, alert: Alert) -> str:
        """The first ones."""
        return words.because(alert.rule.kind, alert.evidence)

    @admin.display(description=_("who was told"))
    def told(self, alert: Alert) -> str:
        """Each notice and what became of it."""
        notices = alert.messages.order_by("made_at")
        return ", ".join(
            f"{one.get_channel_display()}: {one.get_event_display()} ({one.get_state_display()})" for one in notices
        ) or str(_("only the log"))

    @admin.action(description=_("Take note: send no more reminders"), permissions=["change"])
    def acknowledge(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        """Of the chosen ones that are open and not known yet."""
        known = [alert for alert in queryset.select_related("rule") if self._acknowledge(request, alert)]
        text = ngettext("%(n)s alert is known now.", "%(n)s alerts are known now.", len(known))
        self.message_user(request, text % {"n": len(known)}, messages.SUCCESS)

    @admin.action(description=_("Close by hand"), permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        """Of the chosen ones that are open."""
        closed = [alert for alert in queryset.select_related("rule") if self._close(request, alert)]
        text = ngettext("%(n)s alert was closed.", "%(n)s alerts were closed.", len(closed))
        self.message_user(request, text % {"n": len(closed)}, messages.SUCCESS)

    def response_change(self, request: HttpRequest, obj: Alert) -> HttpResponse:
        """Do what the button says; there is nothing else that this form could change."""
        if "_acknowledge" in request.POST:
            self._acknowledge(request, obj)
        elif "_close" in request.POST:
            self._close(request, obj)
        return HttpResponseRedirect(request.path)

    def save_model(self, request: HttpRequest, obj: Alert, form: Any, change: bool) -> None:
        """Nothing of the form is written."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Only what was done goes to the history, not that a form without fields was sent."""
        return super().log_change(request, obj, message) if message else None

    def _acknowledge(self, request: HttpRequest, alert: Alert) -> bool:
        done = handling.acknowledge(alert, by=request.user)
        if done:
            self.log_change(request, alert, str(_("Took note of it.")))
        return done

    def _close(self, request: HttpRequest, alert: Alert) -> bool:
        done = handling.close_by_hand(alert)
        if done:
            self.log_change(request, alert, str(_("Closed it by hand.")))
        return done


@admin.register(AlertRule)
class AlertRuleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What raises an alert. A rule that raised some cannot be deleted: switch it off."""

    list_display = (
        "__str__",
        "kind",
        "subjects",
        "limit",
        "when",
        "cooldown_minutes",
        "by_mail",
        "by_webhook",
        "is_enabled",
    )
    list_filter = ("kind", "is_enabled")
    search_fields = ("name", "subjects")
    fieldsets = (
        (None, {"fields": ("name", "is_enabled", "kind", "subjects", "limit")}),
        (_("When it is bad"), {"fields": ("bad_minutes", "of_minutes", "least_calls")}),
        (_("Who is told"), {"fields": ("by_mail", "by_webhook", "cooldown_minutes")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rules with a history stay."""
        kept = obj is not None and Alert.objects.filter(rule=obj).exists()
        return super().has_delete_permission(request, obj) and not kept

    @admin.display(description=_("bad when"))
    def when(self, rule: AlertRule) -> str:
        """In how many minutes."""
        return _("%(bad)s of %(of)s minutes") % {"bad": rule.bad_minutes, "of": rule.of_minutes}


@admin.register(Notice)
class NoticeAdmin(Measured):
    """What was sent, to where, and what became of it."""

    list_display = ("made_at", "alert", "channel", "event", "state", "tries", "error", "sent_at")
    list_filter = ("state", "channel", "event")
    list_select_related = ("alert",)
    search_fields = ("alert__subject",)
    date_hierarchy = "made_at"
