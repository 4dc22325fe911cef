"""A provider that goes wrong in every way at once: each comment ends with its own label, for little more money."""

from __future__ import annotations

import math

import pytest

from tests.drills.network import SETTINGS, add_node, complaints, pool, upload, wait_and_judge
from tests.drills.stage import Stage
from tests.provider.faults import Faults
from tests.provider.server import Provider, serving

pytestmark = pytest.mark.drill

COMMENTS, WORKERS, BATCH = 2_000, 4, 20
FAULTS = Faults(timeout=0.1, rate_limited=0.1, server_error=0.05, malformed=0.05, missing=0.02, extra=0.02,
                repeated=0.01)  # fmt: skip
MOST_CALLS = 1.5  # of those that a provider without faults would have answered


def test_every_fault_at_once_loses_and_swaps_nothing(stage: Stage) -> None:
    stage.start(WORKERS, **SETTINGS)
    provider = Provider(latency=0.1, faults=FAULTS, seed=11, retry_after=0.7, on_the_way=0.25)
    sent = complaints(COMMENTS, seed=20)
    with pool(stage, batch_size=BATCH), serving(provider) as address:
        add_node(stage, address, at_once=2, timeout=0.7)
        outcome = wait_and_judge(stage, upload(stage, sent), sent)

    ledger, ideal = provider.ledger, math.ceil(COMMENTS / BATCH)
    stage.say(f"{outcome}, {ledger.calls} calls, {ledger.answered} answered of {ideal} at best, {ledger.statuses}, "
              f"too early {ledger.too_early}")  # fmt: skip
    assert (outcome.state, outcome.rows, outcome.missing, outcome.swapped) == ("completed", COMMENTS, 0, 0)
    assert ledger.too_early == 0, "nobody calls while the provider wants quiet"
    assert ledger.answered <= MOST_CALLS * ideal
