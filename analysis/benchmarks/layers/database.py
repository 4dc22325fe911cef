"""Indexes, queries and the pool: time of a query as a request asks it, and connections opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from analysis.benchmarks.layers.sides import side
from analysis.benchmarks.layers.workload import Workload
from perf.benchmarks.pairs import Turns, paired
from perf.benchmarks.registry import Better, Figure, Figures, Measure
from perf.layers import figure_of, gain

_NAME = "database"
_WEB = {"FIBER_PROCESS": "web"}


@dataclass(frozen=True, slots=True)
class _Way:
    """Settings of a side; ``plain``: it asks as a plain implementation would."""

    environment: Mapping[str, str] = field(default_factory=dict)
    plain: bool = False


_INDEXING, _POOLING = {"DB_INDEXES": "0"}, {"DB_POOL": "0"}
_WHOLE = {"off": _Way(_INDEXING | _POOLING, plain=True), "on": _Way()}
_ALONE = {"indexing": _Way(_INDEXING), "query optimisation": _Way(plain=True), "pooling": _Way(_POOLING)}


@contextmanager
def database(workload: Workload) -> Iterator[Measure]:
    """Yield the measurement of both, and of each strategy alone where the run is a whole one."""
    turns, ways = Turns(), _WHOLE | (_ALONE if workload.whole else {})
    with ExitStack() as stack:
        sides = {
            name: stack.enter_context(
                side("queries", _WEB | dict(way.environment), session=str(workload.session.pk), plain=way.plain)
            )
            for name, way in ways.items()
        }

        def measure() -> Figures:
            told = turns.round(sides)
            times = {name: Figure(one["ms"], "ms", Better.LOWER) for name, one in told.items()}
            opened = {name: Figure(one["connections"], "of 100 requests", Better.LOWER) for name, one in told.items()}
            figures = {
                **gain(_NAME, "query time", times["off"], times["on"]),
                **gain(_NAME, "connections", opened["off"], opened["on"]),
            }
            for name in set(ways) & set(_ALONE):
                figures |= paired(figure_of(_NAME, name), times[name], times["on"])
            return dict(sorted(figures.items()))

        yield measure
