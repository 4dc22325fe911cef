"""Users at once against the web server as in production, without a pause between the requests of each.

What a user does in turn: reads the numbers of a session, a page of its comments, and has a text labelled. Nobody
thinks meanwhile, so that each user of the benchmark stands for many people.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from analysis.benchmarks.caller import Caller, caller
from analysis.benchmarks.files import distinct_texts
from analysis.benchmarks.ground import labelled_session
from analysis.benchmarks.users import Ask, send
from analysis.benchmarks.web import WebServer, web_server
from analysis.models import Session
from perf.benchmarks.machine import cores
from perf.benchmarks.registry import Better, Figure, Figures, Measure, Options, benchmark, milliseconds

USERS = (1, 10, 50, 100)
_ROWS, _TIMES, _TEXTS, _WARM = 2_000, 400, 50, 50


@benchmark(
    "concurrent_users", "1 to 100 users at once on the real web server: p50, p95, errors",
    repeats=3, warmups=0, quick_rows=200, quick_repeats=2, first=True,
)  # fmt: skip
@contextmanager
def concurrent_users(options: Options) -> Iterator[Measure]:
    """Yield the measurement of ``options.rows`` requests for each of ``USERS``."""
    times = options.rows or _TIMES
    with caller(_ROWS) as program:
        asks = asks_of(program, labelled_session(program.team, program.path))
        with web_server(processes=max(cores(), 2)) as server:
            send(server.address, asks, users=_WARM, times=max(times, len(asks)))
            yield lambda: _measure(server, asks, times)


def asks_of(program: Caller, session: Session) -> list[Ask]:
    """What a user does, with another text each time."""
    key = (("Authorization", f"Bearer {program.secret}"),)
    texts = [text for text in distinct_texts(_TEXTS) if text.strip()]  # a slip of the pen may leave none
    return [
        ask
        for text in texts
        for ask in (
            Ask(f"/api/v1/stats/overview?session={session.pk}", headers=key),
            Ask(f"/api/v1/sessions/{session.pk}/comments?page_size=50", headers=key),
            Ask("/api/v1/analyze", {"items": [{"text": text}]}, key),
        )
    ]


def _measure(server: WebServer, asks: list[Ask], times: int) -> Figures:
    figures: dict[str, Figure] = {}
    for users in USERS:
        told = send(server.address, asks, users=users, times=max(times, 2 * users))
        name = f"{users} user{'s' if users > 1 else ''}"
        figures[f"{name}, p50"] = milliseconds(told.p50)
        figures[f"{name}, p95"] = milliseconds(told.p95)
        figures[f"{name}: requests a second"] = Figure(told.a_second, "requests/s", Better.HIGHER)
        figures[f"{name}: errors"] = Figure(told.errors, "requests", Better.LOWER)
    return figures
