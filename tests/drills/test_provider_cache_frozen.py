"""The cache's Redis stops answering while a session is at a provider: it goes on, and nothing is lost."""

from __future__ import annotations

import signal
import time

import psutil
import pytest

from tests.drills.judge import has_ended
from tests.drills.network import SETTINGS, add_node, complaints, labelled, pool, upload, wait_and_judge
from tests.drills.stage import Stage, send, wait_for
from tests.provider.server import Provider, serving

pytestmark = pytest.mark.drill

COMMENTS, WORKERS, BATCH = 2_000, 4, 10
FROZEN = 8.0  # seconds
MOST_ITEMS = 1.08


def test_a_session_goes_on_without_the_cache(stage: Stage) -> None:
    stage.start(WORKERS, **SETTINGS)
    provider = Provider(latency=0.6)
    sent = complaints(COMMENTS, seed=26)
    cache = psutil.Process(stage.cache.pid)
    with pool(stage, batch_size=BATCH), serving(provider) as address:
        add_node(stage, address, at_once=2)
        session = upload(stage, sent)
        wait_for(lambda: labelled(stage, session) > COMMENTS / 8, "an eighth to be labelled")
        send(signal.SIGSTOP, [cache])
        try:
            before = labelled(stage, session)
            assert not has_ended(stage, session)
            time.sleep(FROZEN)
            meanwhile = labelled(stage, session) - before
        finally:
            send(signal.SIGCONT, [cache])
        outcome = wait_and_judge(stage, session, sent)

    paid = sum(provider.ledger.items.values()) / COMMENTS
    stage.say(f"{meanwhile} labelled while frozen; {outcome}, items {paid:.3f}x")
    assert (outcome.state, outcome.missing, outcome.swapped, outcome.fallbacks.total()) == ("completed", 0, 0, 0)
    assert meanwhile > 0
    assert paid <= MOST_ITEMS
