"""The knobs and their history."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from perf.admin.base import Measured
from perf.models import Tunable, TuningDecision, TuningMode
from perf.pages import is_superuser
from perf.tunables.knobs import Knob, find
from perf.tunables.rows import ensure_rows
from perf.tunables.sightings import sightings
from perf.tuning import verbs
from perf.tuning.signals import measures
from perf.tuning.standing import ceiling_of
from perf.tuning.words import number, outcome_of, reason_of

_NONE = "–"
REFUSED = {
    "frozen": gettext_lazy("The knob is frozen: unfreeze it first."),
    "bounds": gettext_lazy("The value is beyond the bounds."),
    "ceiling": gettext_lazy("The machine bears less than that at present."),
    "changed": gettext_lazy("The knob has moved meanwhile: look at it again."),
}


def label_of(name: str) -> str:
    """What people call the knob."""
    knob = find(name)
    return str(knob.label) if knob else name


def shown(name: str, value: float) -> str:
    """A value with its unit."""
    knob = find(name)
    return f"{number(value)} {knob.unit}" if knob else number(value)


def in_charge(row: Tunable) -> str:
    """Who decides what the knob sets, in words."""
    knob = find(row.name)
    if knob and knob.otherwise and not row.is_set and row.mode != TuningMode.AUTO:
        return str(knob.otherwise)
    if row.is_frozen:
        return _("Nobody: it is frozen at this value.")
    if row.mode == TuningMode.AUTO:
        return _("The tuner turns it, and takes back what makes things worse. People may turn it too.")
    if row.mode == TuningMode.SUGGEST:
        return _("People turn it; the tuner says what it would do.")
    return _("People turn it; the tuner leaves it alone.")


class TunableForm(ModelForm):  # type: ignore[type-arg]
    """A knob within what the code declares and the machine bears."""

    def clean(self) -> dict[str, Any]:
        """Bounds may be narrowed, never widened."""
        values = super().clean() or {}
        row, knob = self.instance, find(self.instance.name)
        if any(values.get(name) is None for name in ("value", "low", "high", "step")):
            return values
        if knob:
            self._check_bounds(values, knob)
        if self.errors:
            return values
        if not values["low"] <= values["value"] <= values["high"]:
            self.add_error("value", str(REFUSED["bounds"]))
        if values["step"] <= 0:
            self.add_error("step", _("A step is more than 0."))
        if values.get("mode") != TuningMode.OFF and row.name not in measures():
            self.add_error("mode", _("Nothing is measured by which the tuner could turn this knob."))
        if not self.errors:
            self._check_turn(values)
        return values

    def _check_bounds(self, values: dict[str, Any], knob: Knob) -> None:
        if values["low"] < knob.low:
            self.add_error("low", _("Not less than %(low)s.") % {"low": number(knob.low)})
        if values["high"] > knob.high:
            self.add_error("high", _("Not more than %(high)s.") % {"high": number(knob.high)})

    def _check_turn(self, values: dict[str, Any]) -> None:
        before = Tunable.objects.get(pk=self.instance.pk)
        if values["value"] == before.value:
            return
        if before.is_frozen and values.get("is_frozen"):
            self.add_error("value", str(REFUSED["frozen"]))
        most = ceiling_of(before.name)
        if most is not None and values["value"] > max(most, before.value):
            text = _("The machine bears no more than %(most)s at present.") % {"most": number(most)}
            self.add_error("value", ValidationError(text))


@admin.register(Tunable)
class TunableAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The knobs as they stand. Superusers turn them; every process follows within seconds."""

    form = TunableForm
    list_display = ("label", "shown_value", "bounds", "mode", "is_frozen", "seen", "changed_at")
    list_display_links = ("label",)
    list_per_page = 50
    show_full_result_count = False
    ordering = ("name",)
    readonly_fields = ("label", "what", "charge", "default", "declared", "seen_by", "changed_at")
    fieldsets = (
        (None, {"fields": ("label", "what", "value", "default", "charge")}),
        (gettext_lazy("The tuner"), {"fields": ("mode", "is_frozen", "low", "high", "declared", "step")}),
        (gettext_lazy("In the running processes"), {"fields": ("seen_by", "changed_at")}),
    )
    change_list_template = "admin/perf/tunable/change_list.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Code declares them."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Code declares them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers alone."""
        return is_superuser(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tunable]:
        """With the rows of knobs that were declared since."""
        ensure_rows()
        rows: QuerySet[Tunable] = super().get_queryset(request)
        return rows

    def save_model(self, request: HttpRequest, obj: Tunable, form: ModelForm[Any], change: bool) -> None:
        """Turn it, in one go with what else was changed."""
        fields = {name: form.cleaned_data[name] for name in form.changed_data}
        verbs.adjust(knob=obj.name, actor=request.user, **fields)

    @admin.display(description=gettext_lazy("knob"), ordering="name")
    def label(self, row: Tunable) -> str:
        """What people call it."""
        return label_of(row.name)

    @admin.display(description=gettext_lazy("what it does"))
    def what(self, row: Tunable) -> str | Promise:
        """In plain words."""
        knob = find(row.name)
        return knob.explanation if knob else _("No code declares this knob any more.")

    @admin.display(description=gettext_lazy("value"), ordering="value")
    def shown_value(self, row: Tunable) -> str:
        """With its unit."""
        return shown(row.name, row.value)

    @admin.display(description=gettext_lazy("default"))
    def default(self, row: Tunable) -> str:
        """What it is until it is turned."""
        knob = find(row.name)
        return shown(row.name, knob.default) if knob else _NONE

    @admin.display(description=gettext_lazy("bounds"))
    def bounds(self, row: Tunable) -> str:
        """Lowest and highest."""
        return f"{number(row.low)} … {number(row.high)}"

    @admin.display(description=gettext_lazy("declared bounds"))
    def declared(self, row: Tunable) -> str:
        """Those that cannot be widened."""
        knob = find(row.name)
        return f"{number(knob.low)} … {number(knob.high)}" if knob else _NONE

    @admin.display(description=gettext_lazy("who decides"))
    def charge(self, row: Tunable) -> str:
        """In words."""
        return in_charge(row)

    @admin.display(description=gettext_lazy("followed by"))
    def seen(self, row: Tunable) -> str:
        """How many processes have this value."""
        told = sightings()
        if told is None:
            return _("not known: Redis does not answer")
        with_it = sum(one.values.get(row.name) == row.value for one in told)
        text = ngettext("%(n)d of %(all)d process", "%(n)d of %(all)d processes", len(told))
        return text % {"n": with_it, "all": len(told)}

    @admin.display(description=gettext_lazy("seen by"))
    def seen_by(self, row: Tunable) -> str | SafeString:
        """Each process, what it follows, and when it looked last."""
        told = sightings()
        if told is None:
            return _("not known: Redis does not answer")
        lines = [
            (one.role, one.host, one.pid, number(one.values.get(row.name, row.value)), number(one.seconds_ago))
            for one in told
        ]
        return format_html_join("", "<div>{} {}:{} → {} ({} s)</div>", lines) if lines else _("No process runs.")


@admin.register(TuningDecision)
class TuningDecisionAdmin(Measured):
    """Every turn of a knob, and why."""

    list_display = ("decided_at", "knob", "turned", "source", "state", "why", "came_of_it", "actor")
    list_display_links = ("decided_at",)
    list_filter = ("source", "state", "tunable")
    list_select_related = ("tunable", "actor")
    fields = ("knob", "turned", "source", "actor", "decided_at", "why", "state", "came_of_it", "judged_at",
              "score_before", "score_after", "figures")  # fmt: skip
    readonly_fields = fields
    change_form_template = "admin/perf/tuningdecision/change_form.html"

    @admin.display(description=gettext_lazy("knob"), ordering="tunable__name")
    def knob(self, row: TuningDecision) -> str:
        """What people call it."""
        return label_of(row.tunable.name)

    @admin.display(description=gettext_lazy("turned"))
    def turned(self, row: TuningDecision) -> str:
        """From and to."""
        return f"{number(row.old)} → {number(row.new)}"

    @admin.display(description=gettext_lazy("why"))
    def why(self, row: TuningDecision) -> str:
        """In words."""
        return reason_of(row.reason, row.evidence)

    @admin.display(description=gettext_lazy("what came of it"))
    def came_of_it(self, row: TuningDecision) -> str:
        """In words."""
        return outcome_of(row.outcome, row.evidence) or _NONE

    @admin.display(description=gettext_lazy("figures"))
    def figures(self, row: TuningDecision) -> str | SafeString:
        """What it was decided on."""
        told = row.evidence.get("figures") or {}
        lines = [(name, number(value)) for name, value in sorted(told.items())]
        measure = measures().get(row.tunable.name)
        if measure:
            lines.append((_("score"), str(measure.score)))
        return format_html_join("", "<div>{}: {}</div>", lines) or _NONE


def moment(row: TuningDecision) -> str:
    """When, as a line of the history says it."""
    return date_format(localtime(row.decided_at), "SHORT_DATETIME_FORMAT")
