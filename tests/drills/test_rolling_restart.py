"""New code is taken up under load: no request fails, no work is lost, nobody takes long to leave."""

from __future__ import annotations

import itertools
import signal
import threading
import time

import psutil
import pytest

from tests.drills.client import busy, percentile
from tests.drills.judge import Outcome, judge, wait_for_end, wait_until_planned
from tests.drills.load import Load, Routine
from tests.drills.stage import SMALL_CHUNKS, Stage, send, wait_for
from tests.drills.texts import texts

pytestmark = pytest.mark.drill

WORKERS, RELOADS, CLIENTS, REQUESTS = 4, 5, 8, 5_000
GONE_WITHIN = 30.0  # seconds from SIGTERM


def test_five_reloads_of_the_web_fail_no_request_of_clients_that_keep_their_connection(stage: Stage) -> None:
    stage.start(WORKERS, **SMALL_CHUNKS)
    load = Load(stage)

    with busy(*(asking(load, turn) for turn in range(CLIENTS))):
        for _ in range(RELOADS):
            reload(stage)
            time.sleep(0.5)
        wait_for(lambda: len(load.history.calls) >= REQUESTS, "enough requests")

    stage.say(f"{RELOADS} reloads, answers {load.history.statuses()}, "
              f"p99 {percentile(load.history.calls, 0.99) * 1000:.0f} ms")  # fmt: skip
    assert load.history.unexpected(200) == []


def asking(load: Load, turn: int) -> Routine:
    """Mostly something small, now and then something that reads the database."""

    def routine(stopped: threading.Event) -> None:
        client = load.client()
        for number in itertools.count(turn):
            if stopped.wait(0.005):
                return
            client.get("/healthz/live" if number % 10 else "/api/v1/sessions")

    return routine


def reload(stage: Stage) -> None:
    """As an operator does it: HUP to gunicorn's master, which replaces its processes."""
    master, *before = stage.web()
    send(signal.SIGHUP, [master])
    wait_for(lambda: not any(process.is_running() for process in before), "the old processes to leave")


def test_workers_that_are_told_to_stop_leave_soon_and_lose_no_work(stage: Stage) -> None:
    stage.start(WORKERS, **SMALL_CHUNKS)
    sent = texts(4_000, "espera-10", seed=7)
    session = stage.submit(sent)
    wait_until_planned(stage, session)

    slowest = 0.0
    for worker in stage.workers():
        slowest = max(slowest, leaving(worker))
    wait_for_end(stage, session)

    again = stage.ask("SELECT count(*) FROM chunks WHERE session_id = %s AND (careful OR attempts > 1)", session)[0][0]
    stage.say(f"slowest exit {slowest:.1f} s, chunks begun twice {again}")
    assert judge(stage, session, sent) == Outcome("completed", len(sent))
    assert again == 0, "each chunk in hand was given back or finished"
    assert slowest <= GONE_WITHIN


def leaving(worker: psutil.Process) -> float:
    """Seconds from SIGTERM to the end of a process."""
    began = time.monotonic()
    send(signal.SIGTERM, [worker])
    worker.wait(timeout=2 * GONE_WITHIN)
    return time.monotonic() - began
