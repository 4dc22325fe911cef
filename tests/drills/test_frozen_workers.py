"""A worker that was frozen past its lease writes nothing when it is thawed, wherever it was frozen."""

from __future__ import annotations

import os
import signal
import time
import uuid
from contextlib import suppress

import pytest

from tests.drills.judge import Outcome, judge, slow_writes, wait_for_end, wait_until_planned
from tests.drills.stage import QUICK, Stage, wait_for
from tests.drills.texts import texts

pytestmark = pytest.mark.drill

COMMENTS, WORKERS, ROUNDS, AT_ONCE = 6_000, 4, 10, 2
SETTINGS = QUICK | {"CHUNK_ROWS": "40", "STALL_SECONDS": "30"}
_AT_WORK = """
SELECT w.pid, c.lease_token FROM chunks c JOIN workers w ON w.name = c.worker
 WHERE c.state = 'leased' AND NOT c.careful AND c.lease_until > now() + interval '0.5 s'
   AND EXISTS (SELECT 1 FROM pg_locks l WHERE l.transactionid = c.xmax AND l.granted) = %s LIMIT %s
"""
_STILL_HELD = "SELECT count(*) FROM chunks WHERE lease_token = ANY(%s)"


def test_twenty_frozen_workers_write_nothing_stale(stage: Stage) -> None:
    stage.start(WORKERS, **SETTINGS)
    sent = texts(COMMENTS, "espera-10", seed=2)
    session = stage.submit(sent)

    wait_until_planned(stage, session)
    with slow_writes(stage, 0.1):
        for number in range(ROUNDS):
            freeze_past_the_lease(stage, in_a_write=number % 2 == 0)
    wait_for_end(stage, session)

    outcome = judge(stage, session, sent)
    refused = stage.count_in_logs("lease_lost", "worker") + stage.count_in_logs("database_lost", "worker")
    stage.say(f"{ROUNDS * AT_ONCE} freezes, {refused} writes refused, {outcome}")
    assert outcome == Outcome("completed", COMMENTS)
    assert refused >= ROUNDS * AT_ONCE / 2, "most had something in hand when they came back"


def freeze_past_the_lease(stage: Stage, *, in_a_write: bool) -> None:
    """Freeze workers that hold a chunk, until all their chunks were taken from them."""
    frozen: dict[int, uuid.UUID] = {}

    def catch() -> bool:
        for pid, token in stage.ask(_AT_WORK, in_a_write, AT_ONCE - len(frozen)):
            if pid in frozen:
                continue
            os.kill(pid, signal.SIGSTOP)
            frozen[pid] = token
            if not stage.ask(_STILL_HELD, [token])[0][0]:
                os.kill(pid, signal.SIGCONT)
                del frozen[pid]
        return len(frozen) == AT_ONCE

    try:
        wait_for(catch, "workers that hold a chunk", pause=0.01)
        wait_for(lambda: not stage.ask(_STILL_HELD, list(frozen.values()))[0][0], "their leases to be taken", 15)
        time.sleep(0.3)  # their successors are at work, perhaps on the same chunks
    finally:
        for pid in frozen:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
