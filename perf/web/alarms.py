"""What is out of the ordinary: open alerts, and those of the period that are over."""

from __future__ import annotations

from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from perf.alerts.words import because, title
from perf.models import Alert
from perf.panels import Body, Cell, Panel, Scope, Table, register
from perf.web.links import links_to
from perf.words import moment, number

_SHOWN = 10


def build(scope: Scope) -> Body:
    """Open ones first, then those that were open in the period, the latest first."""
    period = scope.period
    told = Alert.objects.filter(Q(closed_at=None) | Q(closed_at__gte=period.start)).select_related("rule")
    still = Alert.objects.filter(closed_at=None).count()
    rows = list(told.order_by(F("closed_at").desc(nulls_first=True), "-opened_at")[:_SHOWN])
    links = links_to("admin:perf_alert_changelist", scope.user)
    if not rows:
        return Body(tone="good", says=_("Nothing is, and nothing was in this period."), links=links)
    says = ngettext("%(n)s alert is open.", "%(n)s alerts are open.", still) % {"n": number(still)}
    headers = [_("What"), _("Since"), _("Until"), _("Evidence")]
    return Body(
        says=says if still else _("Nothing is now; this was."),
        tone="bad" if still else "good",
        table=Table(headers, [_row(row) for row in rows], words=frozenset({1, 2, 3})),
        links=links,
    )


def _row(alert: Alert) -> list[Cell]:
    until = moment(alert.closed_at, days=True) if alert.closed_at else _("still open")
    seen = _("somebody looks into it") if alert.is_open and alert.acknowledged_at else ""
    return [
        Cell(title(alert), href=reverse("admin:perf_alert_change", args=[alert.pk])),
        Cell(moment(alert.opened_at, days=True)),
        Cell(until, tone="bad" if alert.is_open else "good", note=seen),
        Cell(because(alert.rule.kind, alert.evidence)),
    ]


register(
    Panel(
        key="alarms",
        question=gettext_lazy("Is anything out of the ordinary?"),
        meaning=gettext_lazy(
            "Alerts are opened by rules: an operation slower than its usual, failing calls, a gauge above its limit, a "
            "service that does not answer. They close by themselves when it is well again."
        ),
        remedy=gettext_lazy(
            "Open an alert to see its figures, and say that you look into it. A rule that cries wolf can be changed or "
            "switched off."
        ),
        build=build,
        place=5,
        permission="perf.view_alert",
        wide=True,
    )
)
