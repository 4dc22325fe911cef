"""Workers are killed while their texts are at a provider: every comment is labelled once, and little is paid twice."""

from __future__ import annotations

import signal
import time

import pytest

from tests.drills.judge import has_ended
from tests.drills.network import SETTINGS, add_node, complaints, judge, labelled, pool, upload
from tests.drills.stage import Stage, send, wait_for
from tests.provider.server import Provider, serving

pytestmark = pytest.mark.drill

COMMENTS, WORKERS, KILLS = 2_000, 4, 5
BATCH, AT_ONCE = 10, 2  # what a kill may cost: so many texts in so many calls
MOST_ITEMS = 1.08


def test_five_kills_lose_nothing_and_are_hardly_paid_for(stage: Stage) -> None:
    stage.start(WORKERS, **SETTINGS)
    provider = Provider(latency=0.3)
    sent = complaints(COMMENTS, seed=22)
    with pool(stage, batch_size=BATCH), serving(provider) as address:
        add_node(stage, address, at_once=AT_ONCE)
        began = time.monotonic()
        session = upload(stage, sent)
        for number in range(1, KILLS + 1):
            wait_for(lambda due=number: labelled(stage, session) > COMMENTS * due / 8, "work to be lost", 30)  # type: ignore[misc]
            send(signal.SIGKILL, [min(stage.workers(), key=lambda worker: worker.create_time())])
        assert not has_ended(stage, session), "all kills happened while the session was worked on"
        wait_for(lambda: has_ended(stage, session), "the session to end", 90)
        took = time.monotonic() - began
        outcome = judge(stage, session, sent)

    paid = sum(provider.ledger.items.values()) / COMMENTS
    stage.say(f"{outcome} in {took:.1f} s, items {paid:.3f}x")
    assert (outcome.state, outcome.rows, outcome.missing, outcome.swapped) == ("completed", COMMENTS, 0, 0)
    assert outcome.fallbacks.total() == 0
    assert paid <= MOST_ITEMS
