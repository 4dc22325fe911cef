"""A provider is away in the middle of a session: it is left alone soon, stood in for, and asked again when it is back.

It is away for a quarter of a minute where the bar speaks of a minute, and has a quarter of its two minutes to heal.
"""

from __future__ import annotations

import time

import pytest

from tests.drills.judge import has_ended
from tests.drills.network import SETTINGS, add_node, complaints, fallbacks, judge, labelled, pool, upload
from tests.drills.stage import Stage, wait_for
from tests.provider.server import Provider, serving

pytestmark = pytest.mark.drill

COMMENTS, WORKERS, BATCH, AT_ONCE = 2_000, 4, 10, 2
FAILURES = 5
AWAY, OPEN = 12.0, 10.0  # seconds; how long the breaker stays open
HEALED = 120 * AWAY / 60


def test_a_provider_that_comes_back_leaves_no_stand_in(stage: Stage) -> None:
    stage.start(WORKERS, **SETTINGS)
    provider = Provider(latency=0.2)
    sent = complaints(COMMENTS, seed=21)
    with pool(stage, batch_size=BATCH), serving(provider) as address:
        add_node(stage, address, at_once=AT_ONCE)
        session = upload(stage, sent)
        wait_for(lambda: labelled(stage, session) > COMMENTS / 5, "a fifth to be labelled")
        provider.is_away = True
        gone = time.monotonic()
        wait_for(lambda: has_ended(stage, session), "the session to end", AWAY)
        outcome = judge(stage, session, sent)
        time.sleep(max(0.0, gone + AWAY - time.monotonic()))
        refused = provider.ledger.statuses[503]
        provider.is_away = False
        healed = wait_for(lambda: not fallbacks(stage, session) and has_ended(stage, session), "the provider's", HEALED)
        again = judge(stage, session, sent)

    stage.say(f"away: {outcome}, {refused} calls refused; back: {again} after {healed:.1f} s")
    assert (outcome.state, outcome.missing, outcome.swapped) == ("completed", 0, 0)
    assert outcome.fallbacks.total() > COMMENTS / 4, "the rest was stood in for"
    assert refused <= FAILURES + WORKERS * AT_ONCE + AWAY / OPEN, "five, those in flight, and a probe now and then"
    assert (again.state, again.missing, again.swapped, again.fallbacks.total()) == ("completed", 0, 0, 0)
    assert max(provider.ledger.items.values()) == 1, "no text was paid for twice"
