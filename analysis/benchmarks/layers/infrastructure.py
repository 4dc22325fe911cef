"""Processes and threads, nodes, and files that others deliver: processor time and memory of the web server.

Threads of one process share its memory, and a network in front (or the browsers' own cache) takes the static files off
the web server. More processes than one are for more cores; nodes share the calls. Those two bring requests a second, at
the cost of processor and memory, so that they are measured apart.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import httpx
import psutil
from django.conf import settings

from analysis.benchmarks.caller import HOST
from analysis.benchmarks.concurrent_users import asks_of
from analysis.benchmarks.layers.sides import side
from analysis.benchmarks.layers.workload import Workload
from analysis.benchmarks.users import Ask, send
from analysis.benchmarks.web import WebServer, web_server
from perf.benchmarks.machine import cores
from perf.benchmarks.pairs import Turns, gained, paired
from perf.benchmarks.registry import Better, Figure, Figures, Measure, rate
from perf.layers import figure_of, gain

_NAME = "infrastructure"
_AT_ONCE, _VIEWS, _TIMES, _USERS = 4, 40, 150, 8
_CDN = "https://cdn.benchmark.example/static/"
_PAGE = "/login/"


@contextmanager
def infrastructure(workload: Workload) -> Iterator[Measure]:
    """Yield the measurement of both, and of nodes and processes alone where the run is a whole one."""
    turns = Turns()
    with ExitStack() as stack:
        delivering = stack.enter_context(_delivering())
        holding = {
            "off": stack.enter_context(web_server(processes=_AT_ONCE, environment={"WEB_THREADS": "1"})),
            "on": stack.enter_context(web_server(environment={"WEB_THREADS": str(_AT_ONCE)})),
        }
        for server in holding.values():
            _warm(server, workload)
        alone = [stack.enter_context(_scaling(workload)), _balancing] if workload.whole else []

        def measure() -> Figures:
            views = turns.round({name: partial(_view_cost, *given) for name, given in delivering.items()})
            held = {name: Figure(_memory(server) / _AT_ONCE, "MB a request", Better.LOWER)
                    for name, server in holding.items()}  # fmt: skip
            figures = {
                **gain(_NAME, "cpu", views["off"], views["on"]),
                **gain(_NAME, "memory", held["off"], held["on"]),
                **gained(figure_of(_NAME, "cdn"), views["off"], views["on"]),
            }
            for one in alone:
                figures |= one()
            return figures

        yield measure


@contextmanager
def _delivering() -> Iterator[dict[str, tuple[WebServer, list[Ask]]]]:
    """A server that delivers its static files, one whose pages name another host for them, and what each is asked."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        _manage("collectstatic", "--noinput", "--verbosity", "0", environment={"STATIC_ROOT": folder})
        servers = {
            name: stack.enter_context(web_server(environment={"STATIC_ROOT": folder, "STATIC_URL": address}))
            for name, address in {"off": "/static/", "on": _CDN}.items()
        }
        yield {name: (server, _view(server)) for name, server in servers.items()}


def _view(server: WebServer) -> list[Ask]:
    """The page, and each file of this server that it names."""
    page = httpx.get(server.address + _PAGE, headers={"Host": HOST}, timeout=60)
    page.raise_for_status()
    return [
        Ask(_PAGE),
        *(Ask(path) for path in dict.fromkeys(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text))),
    ]


def _view_cost(server: WebServer, asks: list[Ask]) -> Figure:
    """Processor time of the server for a view of the page with its files."""
    before = _cpu_seconds(server)
    told = send(server.address, asks, users=1, times=_VIEWS * len(asks))
    if told.errors:
        raise RuntimeError(f"{told.errors} requests of a page view failed; measured nothing.")
    return Figure(1000 * (_cpu_seconds(server) - before) / _VIEWS, "CPU ms a view", Better.LOWER)


@contextmanager
def _scaling(workload: Workload) -> Iterator[Measure]:
    """A process for each core against one."""
    turns, asks = Turns(), asks_of(workload.program, workload.session)
    with web_server() as one, web_server(processes=max(cores(), 2)) as several:
        servers = {"off": one.address, "on": several.address}
        for server in (one, several):
            _warm(server, workload)

        def measure() -> Figures:
            told = turns.round({
                name: partial(send, address, asks, users=_USERS, times=_TIMES) for name, address in servers.items()
            })  # fmt: skip
            speeds = {name: rate(len(done.seconds), done.whole, "requests/s") for name, done in told.items()}
            return paired(figure_of(_NAME, "resource scaling"), speeds["off"], speeds["on"])

        yield measure


def _balancing() -> Figures:
    """Three nodes against one, each of which takes a few calls at once; a process of its own, as ``api`` has them."""
    with side("calling", {}) as calls:
        told = calls()
    speeds = {name: rate(told["texts"], told[name], "texts/s") for name in ("one", "three")}
    return paired(figure_of(_NAME, "load balancing"), speeds["one"], speeds["three"])


def _warm(server: WebServer, workload: Workload) -> None:
    """Have every process of it answer some requests, as one that has worked for a while."""
    send(server.address, asks_of(workload.program, workload.session), users=4 * _AT_ONCE, times=24 * _AT_ONCE)


def _processes(server: WebServer) -> list[psutil.Process]:
    master = psutil.Process(server.pid)
    return [master, *master.children(recursive=True)]


def _cpu_seconds(server: WebServer) -> float:
    return float(sum(sum(process.cpu_times()[:2]) for process in _processes(server)))


def _memory(server: WebServer) -> float:
    """MB of all its processes, what they share counted once."""
    return float(sum(process.memory_full_info().pss for process in _processes(server))) / 1e6


def _manage(*arguments: str, environment: Mapping[str, str]) -> None:
    command: list[Any] = [sys.executable, settings.BASE_DIR / "manage.py", *arguments]
    subprocess.run(command, env=os.environ | dict(environment), check=True, capture_output=True)  # noqa: S603
