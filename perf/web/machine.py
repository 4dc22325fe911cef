"""How busy the machine and the database are."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perf.history import Level, gauges
from perf.panels import Body, Chart, Panel, Scope, Series, Table, register
from perf.web.load import BUSY_BAD, BUSY_WARN, tone_of
from perf.words import labels, share, twin

_GAUGES = {
    "machine.cpu": gettext_lazy("processor"),
    "machine.memory": gettext_lazy("memory"),
    "postgresql.connections_share": gettext_lazy("connections of PostgreSQL"),
}


def build(scope: Scope) -> Body:
    """Means by bucket; the worst of them decides how it stands."""
    shown = gauges(scope.period, list(_GAUGES))
    if not shown:
        return Body(empty=_("Nobody looked in this period: the sweeper, which does, was not running."))
    series = [
        Series(name, [_mean(level) for level in shown[gauge]], colour)
        for colour, (gauge, name) in enumerate(_GAUGES.items(), start=1)
        if gauge in shown
    ]
    columns = [[share(value) for value in one.values] for one in series]
    highest = max(level.mean for levels in shown.values() for level in levels if level is not None)
    return Body(
        says=_("At most %(share)s of one of them was in use.") % {"share": share(highest)},
        tone=tone_of(highest, BUSY_WARN, BUSY_BAD),
        chart=Chart("lines", labels(scope.period), series, share=True),
        table=Table([_("Time"), *(one.name for one in series)], twin(scope.period, columns)),
    )


def _mean(level: Level | None) -> float | None:
    return None if level is None else round(level.mean, 4)


register(
    Panel(
        key="machine",
        question=gettext_lazy("How busy is the machine?"),
        meaning=gettext_lazy(
            "Shares in use: of the processor, of the memory (of the container where one is set), of the "
            "connections that PostgreSQL allows. Means of each stretch of time."
        ),
        remedy=gettext_lazy(
            "Processor above 80 % for long: fewer worker processes, or more machines. Memory above 80 %: "
            "processes give their caches back by themselves; fewer processes help. Connections near their limit: "
            "make the pool of each process smaller, or allow more in PostgreSQL."
        ),
        build=build,
        place=25,
    )
)
