"""All of the web's connections to PostgreSQL are taken and none comes back: whoever asks now is told so soon."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.drills.client import busy
from tests.drills.load import Load
from tests.drills.stage import SMALL_CHUNKS, Stage, wait_for

pytestmark = pytest.mark.drill

WORKERS, POOL, CLIENTS = 1, 3, 12
REFUSED_WITHIN, BACK_WITHIN = 2.5, 1.0  # seconds
_BACKENDS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'fibercomments-web'"


TRIES = 3
"""Whatever else the machine does meanwhile only ever adds to a time: one try within the bars shows that they hold."""


def test_without_a_connection_requests_are_refused_soon_and_answered_again_at_once(stage: Stage) -> None:
    stage.start(WORKERS, **SMALL_CHUNKS, DB_POOL_MIN=str(POOL), DB_POOL_MAX=str(POOL))
    assert any(_holds(stage) for _ in range(TRIES))


def _holds(stage: Stage) -> bool:
    """Whether all were refused, and answered again, within the bars; nobody ever gets another answer than these."""
    load = Load(stage)
    processes = len(stage.web()) - 1

    with busy(*(load.reading(pause=0.05) for _ in range(CLIENTS))):
        wait_for(lambda: len(stage.ask(_BACKENDS)) == processes * POOL, "the pools to be full")
        backends = [pid for (pid,) in stage.ask(_BACKENDS)]
        for pid in backends:
            os.kill(pid, signal.SIGSTOP)
        try:
            wait_for(lambda: len(load.history.ended(503)) >= CLIENTS, "requests to be refused")
        finally:
            for pid in backends:
                os.kill(pid, signal.SIGCONT)
        thawed = time.monotonic()
        time.sleep(BACK_WITHIN + 1.5)

    refused = load.history.ended(503)
    slowest = max(call.seconds for call in refused)
    late = max((call.began + call.seconds - thawed for call in refused), default=0.0)
    stage.say(
        f"answers {load.history.statuses()}, slowest refusal {slowest:.2f} s, last one {late:.2f} s after the end"
    )
    assert load.history.unexpected(200, 503) == []
    return slowest <= REFUSED_WITHIN and late <= BACK_WITHIN
