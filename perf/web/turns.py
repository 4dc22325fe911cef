"""What was turned, by whom, and what came of it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from perf.models import TuningDecision
from perf.panels import Body, Cell, Panel, Scope, Table, register
from perf.web.links import links_to
from perf.words import moment, number

_SHOWN = 10
_TONES = {TuningDecision.State.ROLLED_BACK: "bad", TuningDecision.State.SUGGESTED: "warn"}


def build(scope: Scope) -> Body:
    """The latest decisions of the period."""
    period = scope.period
    made = TuningDecision.objects.filter(decided_at__gte=period.start, decided_at__lt=period.end)
    rows = list(made.select_related("tunable", "actor").order_by("-decided_at")[:_SHOWN])
    if not rows:
        return Body(empty=_("No knob was turned in this period."))
    back = sum(row.state == TuningDecision.State.ROLLED_BACK for row in rows)
    says = ngettext("%(n)d of these was taken back.", "%(n)d of these were taken back.", back) % {"n": back}
    headers = [_("When"), _("Knob"), _("From → to"), _("By"), _("Why"), _("Outcome")]
    return Body(
        says=says if back else "",
        tone="warn" if back else "",
        table=Table(headers, [_row(row) for row in rows], words=frozenset({1, 3, 4, 5})),
        links=links_to("tuner", scope.user),
    )


def _row(row: TuningDecision) -> list[Cell]:
    who = str(row.actor) if row.actor else row.get_source_display()
    scores = f"{number(row.score_before, 2)} → {number(row.score_after, 2)}" if row.score_after is not None else ""
    state = TuningDecision.State(row.state)
    return [
        Cell(moment(row.decided_at, days=True)),
        Cell(row.tunable.name),
        Cell(f"{number(row.old)} → {number(row.new)}"),
        Cell(str(who)),
        Cell(row.reason),
        Cell(str(row.get_state_display()), tone=_TONES.get(state, "good"), note=scores),
    ]


register(
    Panel(
        key="turns",
        question=gettext_lazy("What was changed, and did it help?"),
        meaning=gettext_lazy(
            "Turns of the live knobs by the tuner and by people. Its effect on a score (higher is better) is "
            "measured; what made it worse is taken back."
        ),
        remedy=gettext_lazy(
            "Turns that are taken back again and again: freeze the knob, or narrow its bounds. Suggestions wait "
            "for somebody to apply or dismiss them."
        ),
        build=build,
        place=45,
        wide=True,
    )
)
