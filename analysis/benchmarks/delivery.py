"""What goes over the wire for a session's page and a list of the API: as it is, in each coding, and asked for again.

And what that costs this process: whole requests through all middleware, in turns, so that each meets the same machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, override_settings

from analysis.benchmarks.caller import HOST, Caller, caller, timed
from analysis.benchmarks.ground import labelled_session
from analysis.models import Session
from perf.benchmarks.registry import Better, Figure, Figures, Measure, Options, benchmark, milliseconds

_ROWS, _TIMES, _TURNS = 500, 40, 4
_CODINGS = ("identity", "gzip", "br", "zstd")
_OWN = {"Host": HOST, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
#: Pages name the files as they are, whether or not somebody collected them.
_STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

Ask = Callable[..., Any]


@benchmark("delivery", "bytes and time of a page and a list: plain, compressed, asked for again", repeats=3)
@contextmanager
def delivery(options: Options) -> Iterator[Measure]:
    """Yield the measurement of a session of ``options.rows`` rows."""
    storages = {**settings.STORAGES, **_STORAGES}
    with caller(options.rows or _ROWS) as program, override_settings(STORAGES=storages):
        session = labelled_session(program.team, program.path)
        yield lambda: {
            **_of("session page", _page(session)),
            **_of("list of 100", _list(program, session)),
            **_again(_list(program, session)),
        }


def _page(session: Session) -> Ask:
    person = Client(headers=_OWN)
    person.force_login(User.objects.get(membership__team=session.team))
    return _asking(person, f"/sessions/{session.pk}/")


def _list(program: Caller, session: Session) -> Ask:
    return _asking(program.client, f"/api/v1/sessions/{session.pk}/comments?page_size=100")


def _asking(client: Client, address: str) -> Ask:
    return lambda **headers: client.get(address, headers=headers, secure=settings.HTTPS)


def _of(name: str, ask: Ask) -> Figures:
    """Bytes and the median of the time, by coding."""
    found: dict[str, Figure] = {}
    seconds: dict[str, list[float]] = {coding: [] for coding in _CODINGS}
    for _turn in range(_TURNS):
        for coding, times in seconds.items():
            times += [timed(lambda: ask(**{"Accept-Encoding": coding})) for _ in range(_TIMES // _TURNS)]  # noqa: B023
    for coding, times in seconds.items():
        found[f"{name}, {coding}"] = Figure(_size(ask(**{"Accept-Encoding": coding})), "bytes", Better.LOWER)
        found[f"{name}, {coding}, p50"] = milliseconds(median(times))
    return found


def _again(ask: Ask) -> Figures:
    """The same list for whoever has it."""
    tag = ask(**{"Accept-Encoding": "zstd"}).headers["ETag"]
    known = {"Accept-Encoding": "zstd", "If-None-Match": tag}
    return {
        "list again, 304": Figure(_size(ask(**known)), "bytes", Better.LOWER),
        "list again, 304, p50": milliseconds(median(timed(lambda: ask(**known)) for _ in range(_TIMES))),
    }


def _size(answer: Any) -> float:
    """Bytes of the body; raises ``RuntimeError`` for an answer that is none."""
    if answer.status_code not in (200, 304):
        raise RuntimeError(f"{answer.status_code}; measured nothing.")
    return float(len(answer.content))
