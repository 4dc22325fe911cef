"""What waits for the workers. The names of gauges are a convention: ``queue.<name>``, ``workers.alive``."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perf.history import Level, gauges
from perf.panels import Body, Chart, Panel, Scope, Series, Table, register
from perf.words import labels, number, twin

QUEUES, WAITED, WORKERS = "queue.", "queue.wait_seconds", "workers.alive"
_COLOURS = 6


def build(scope: Scope) -> Body:
    """Each queue, and the workers beside them."""
    shown = gauges(scope.period, [QUEUES, WORKERS])
    queues = sorted(name for name in shown if name.startswith(QUEUES) and name != WAITED)
    if not queues:
        return Body(empty=_("Nobody looked in this period: the sweeper, which does, was not running."))
    names = [*queues, *([WORKERS] if WORKERS in shown else [])]
    series = [
        Series(_name(name), [_high(level) for level in shown[name]], 1 + place % _COLOURS)
        for place, name in enumerate(names)
    ]
    columns = [[number(value, 1) for value in one.values] for one in series]
    alive = next((level.mean for level in reversed(shown.get(WORKERS, [])) if level is not None), None)
    return Body(
        says=_("No worker is alive: what waits goes on as soon as one is started.") if alive == 0 else "",
        tone="bad" if alive == 0 else "",
        chart=Chart("lines", labels(scope.period), series),
        table=Table([_("Time"), *(one.name for one in series)], twin(scope.period, columns)),
    )


def _name(gauge: str) -> str:
    return _("workers alive") if gauge == WORKERS else _("queue “%(name)s”") % {"name": gauge.removeprefix(QUEUES)}


def _high(level: Level | None) -> float | None:
    return None if level is None else round(level.high, 1)


register(
    Panel(
        key="work",
        question=gettext_lazy("Does work wait?"),
        meaning=gettext_lazy(
            "Hints in the queues at their highest in each stretch of time, and workers alive. A hint says that a "
            "session has work; what is to be done stands in PostgreSQL, so an empty queue loses nothing."
        ),
        remedy=gettext_lazy(
            "A queue that only grows: too few workers for what comes in; one a core is enough. No worker: start "
            "them (make run, or the services of the installation)."
        ),
        build=build,
        place=30,
    )
)
