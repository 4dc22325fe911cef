"""What silk costs: whole requests with its middleware taken out, at its default, and at shares that it records."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median

from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone

from analysis.benchmarks.caller import HOST, Caller, caller
from perf.benchmarks.registry import Better, Figure, Figures, Measure, Options, benchmark, rate
from perf.profiling.pruning import forget
from perf.profiling.recording import RecordingMiddleware

_NAME = settings.SILKY_MIDDLEWARE_CLASS
_PATH = "/api/v1/sessions"
_REQUESTS, _TURN, _OK = 400, 20, 200


@dataclass(frozen=True, slots=True)
class Turn:
    """What some requests took: on the clock, and of this process's processor (PostgreSQL's part is not in it)."""

    seconds: float
    processor: float


class OneInAHundred(RecordingMiddleware):
    """Records 1 % of the requests."""

    def share(self) -> float:
        """Of a hundred."""
        return 1.0


class OneInTen(RecordingMiddleware):
    """Records 10 %."""

    def share(self) -> float:
        """Of a hundred."""
        return 10.0


class Each(RecordingMiddleware):
    """Records all."""

    def share(self) -> float:
        """Of a hundred."""
        return 100.0


_MIDDLEWARE = {
    "without silk": None,
    "as installed": _NAME,
    "1 %": f"{__name__}.{OneInAHundred.__name__}",
    "10 %": f"{__name__}.{OneInTen.__name__}",
    "100 %": f"{__name__}.{Each.__name__}",
}


@benchmark("silk", "requests a second without silk, at its default, and recording 1, 10 and 100 %", repeats=7)
@contextmanager
def silk(options: Options) -> Iterator[Measure]:
    """Yield the measurement of so many requests of each kind, in turns; ``options.rows`` if given."""
    began = timezone.now()
    with caller() as program:
        try:
            clients = {name: _client(program, path) for name, path in _MIDDLEWARE.items()}
            yield partial(_measure, clients, options.rows or _REQUESTS)
        finally:
            forget(_PATH, began)


def _client(program: Caller, middleware: str | None) -> Client:
    """A client of a product with that in silk's place."""
    client = Client(headers={"Authorization": f"Bearer {program.secret}", "Host": HOST})
    chain = [middleware if each == _NAME else each for each in settings.MIDDLEWARE]
    with override_settings(MIDDLEWARE=[each for each in chain if each]):
        _ask(client)
    return client


def _ask(client: Client) -> None:
    if (status := client.get(_PATH, secure=settings.HTTPS).status_code) != _OK:
        raise RuntimeError(f"The answer was {status}; measured nothing.")


def _measure(clients: dict[str, Client], requests: int) -> Figures:
    """In short turns, so that all meet the same machine."""
    turns: dict[str, list[Turn]] = {name: [] for name in clients}
    for _ in range(max(1, requests // _TURN)):
        for name, client in clients.items():
            turns[name].append(_turn(client))
    figures: dict[str, Figure] = {}
    for name, taken in turns.items():
        figures[name] = rate(_TURN * len(taken), sum(each.seconds for each in taken), "requests/s")
        if name != "without silk":
            pairs = list(zip(turns["without silk"], taken, strict=True))
            figures[f"{name}: cost"] = _cost([one.seconds / other.seconds for one, other in pairs])
            figures[f"{name}: cost in processor"] = _cost([one.processor / other.processor for one, other in pairs])
    return figures


def _turn(client: Client) -> Turn:
    seconds, processor = time.perf_counter(), time.process_time()
    for _ in range(_TURN):
        _ask(client)
    return Turn(time.perf_counter() - seconds, time.process_time() - processor)


def _cost(ratios: Sequence[float]) -> Figure:
    """What is lost in per cent, by the median of the turns that followed each other."""
    return Figure(100 * (1 - median(ratios)), "%", Better.LOWER)
