"""Caching and batching of the application: seconds of a request for numbers, and comments labelled a second."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from analysis.benchmarks.layers.sides import side
from analysis.benchmarks.layers.workload import Workload
from analysis.benchmarks.users import Ask, send
from analysis.benchmarks.web import web_server
from perf.benchmarks.pairs import Turns, gained
from perf.benchmarks.registry import Figures, Measure, milliseconds, rate
from perf.layers import figure_of, gain

_NAME = "application"
_TIMES, _USERS = 60, 4
_OFF = {"response time": {"RESPONSE_CACHE": "0"}, "throughput": {"CHUNK_ROWS": "1"}}


@contextmanager
def application(workload: Workload) -> Iterator[Measure]:
    """Yield the measurement of both; each of the two strategies moves one of them alone, and so is measured by it."""
    turns, asks, texts = Turns(), _asks(workload), workload.texts
    given = {"team": str(workload.program.team.pk), "texts": texts}
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(web_server(environment=environment)).address
            for name, environment in {"off": _OFF["response time"], "on": {}}.items()
        }
        sides = {
            name: stack.enter_context(side("labelling", environment, **given))
            for name, environment in {"off": _OFF["throughput"], "on": {}}.items()
        }

        for address in servers.values():
            send(address, asks, users=_USERS, times=8 * len(asks))

        def measure() -> Figures:
            read = turns.round({
                name: partial(send, address, asks, users=_USERS, times=_TIMES) for name, address in servers.items()
            })  # fmt: skip
            labelled = {
                name: rate(len(texts), told["seconds"], "comments/s") for name, told in turns.round(sides).items()
            }
            response = {name: milliseconds(told.mean) for name, told in read.items()}
            return {
                **gain(_NAME, "response time", response["off"], response["on"]),
                **gain(_NAME, "throughput", labelled["off"], labelled["on"]),
                **gained(figure_of(_NAME, "caching"), response["off"], response["on"]),
                **gained(figure_of(_NAME, "batching"), labelled["off"], labelled["on"]),
            }

        yield measure


def _asks(workload: Workload) -> list[Ask]:
    """What somebody reads who looks at a file, at the year, and at comments."""
    key = (("Authorization", f"Bearer {workload.program.secret}"),)
    session = workload.session.pk
    return [
        Ask(f"/api/v1/stats/overview?session={session}", headers=key),
        Ask(f"/api/v1/stats/overview?session={session}&sentiment=negative", headers=key),
        Ask("/api/v1/stats/overview", headers=key),
        Ask(f"/api/v1/sessions/{session}/comments?page_size=50", headers=key),
    ]
