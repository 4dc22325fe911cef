"""What was merely counted."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perf.history import counters
from perf.panels import Body, Cell, Panel, Scope, Table, register
from perf.words import number

#: Counters of these beginnings have panels of their own, or say nothing by themselves.
_ELSEWHERE = ("cache.", "web.", "provider.", "comments.")


def build(scope: Scope) -> Body:
    """Sums of the period, by name."""
    counted = counters(scope.period, [""])
    rows = [
        [Cell(name), Cell(number(sum(values)))] for name, values in counted.items() if not name.startswith(_ELSEWHERE)
    ]
    if not rows:
        return Body(empty=_("Nothing was counted in this period: no hint failed, no lease was lost."))
    return Body(table=Table([_("Counter"), _("Times")], rows))


register(
    Panel(
        key="tallies",
        question=gettext_lazy("What else happened?"),
        meaning=gettext_lazy(
            "Counters that the product keeps of itself. hints_failed: Redis did not take a hint, the sweeper "
            "repeats it. leases_lost: a worker died or hung, its chunk was given to another."
        ),
        remedy=gettext_lazy(
            "Single ones are nothing: all of them are made good by themselves. Many of them say that Redis or a "
            "worker is in trouble; look into the log."
        ),
        build=build,
        place=75,
    )
)
