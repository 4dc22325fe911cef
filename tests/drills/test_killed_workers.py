"""Processes are killed again and again, and every comment is labelled once."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import psutil
import pytest

from tests.drills.judge import Outcome, has_ended, judge
from tests.drills.stage import SMALL_CHUNKS, Stage, send, wait_for
from tests.drills.texts import texts

pytestmark = pytest.mark.drill

COMMENTS, WORKERS, KILLS = 10_000, 4, 20
BETWEEN_KILLS = 1.1  # seconds
# What a kill costs is mostly the start of the next process. Where that is slow, the work is made slower as well, so
# that the ratio speaks of the product and not of the machine.
USUAL_START, USUAL_WAIT, LONGEST_WAIT = 1.4, 9, 18  # seconds, milliseconds a comment


def test_twenty_kills_lose_nothing_double_nothing_and_cost_little_time(stage: Stage) -> None:
    stage.start(WORKERS, **SMALL_CHUNKS)
    start = seconds_to_start(stage)
    wait = round(min(max(USUAL_WAIT, USUAL_WAIT * start / USUAL_START), LONGEST_WAIT))
    sent = texts(COMMENTS, f"espera-{wait}")
    calm, _items = timed(stage, stage.submit(sent))

    session = stage.submit(sent)
    killed = killing(stage)
    stormy, items = timed(stage, session, during=lambda: next(killed, None))

    assert next(killed, None) is None, "all kills happened while the session was worked on"
    outcome = judge(stage, session, sent)
    sent_to_engine = items / len(set(sent))
    stage.say(f"start {start:.1f} s, calm {calm:.1f} s, stormy {stormy / calm:.2f}x, sent {sent_to_engine:.3f}x")
    assert outcome == Outcome("completed", COMMENTS)
    assert sent_to_engine <= 1.08, "what would be paid for twice"
    assert stormy <= 1.5 * calm


def seconds_to_start(stage: Stage) -> float:
    """From the death of an idle worker to the first sign of life of the next one."""
    victim = stage.workers()[0]
    send(signal.SIGKILL, [victim])
    living = "SELECT count(*) FROM workers WHERE pid = ANY(%s)"
    return wait_for(
        lambda: stage.ask(living, [worker.pid for worker in stage.workers()])[0][0] == WORKERS, "a new worker"
    )


def timed(stage: Stage, session: str, during: Callable[[], object] = lambda: None) -> tuple[float, int]:
    """Seconds from the upload to the end of a session, and how many texts the engine was sent."""
    stage.ledger.unlink(missing_ok=True)
    began = time.monotonic()
    while not has_ended(stage, session):
        assert time.monotonic() < began + 120, "the session does not end"
        during()
        time.sleep(0.02)
    return time.monotonic() - began, sum(map(int, stage.ledger.read_text().split()))


def killing(stage: Stage) -> Iterator[int]:
    """First the child that reads the file; then, with pauses, workers, workers with their children, the sweeper."""
    while not (readers := reading_children(stage)):
        yield 0
    send(signal.SIGKILL, readers)
    for number in range(1, KILLS):
        due = time.monotonic() + BETWEEN_KILLS
        while time.monotonic() < due:
            yield number
        victim = min(stage.workers(), key=lambda worker: worker.create_time())
        if number % 10 == 9:
            send(signal.SIGKILL, stage.sweeper())
        elif number % 2:
            send(signal.SIGKILL, [victim])
        else:
            send(signal.SIGKILL, [victim, *children(victim)])


def children(process: psutil.Process) -> list[psutil.Process]:
    """Those of a process that may be gone."""
    with suppress(psutil.Error):
        return list(process.children(recursive=True))
    return []


def reading_children(stage: Stage) -> list[psutil.Process]:
    """Processes that read an uploaded file for a worker."""
    return [child for worker in stage.workers() for child in children(worker)]
