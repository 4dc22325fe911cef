"""Three nodes share the calls by weight; one dies, then all: nothing is lost, and what stands in says so."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tests.drills.network import SETTINGS, Network, add_node, complaints, labelled, pool, upload, wait_and_judge
from tests.drills.stage import Stage, wait_for
from tests.provider.server import Provider, serving

pytestmark = pytest.mark.drill

COMMENTS, FEW, WORKERS, BATCH = 2_000, 200, 4, 10
WEIGHTS = (5, 3, 2)
MOST_OFF = 0.05
OUTAGE = 4.0  # seconds in which a session that would rather wait writes nothing


def test_nodes_share_by_weight_and_their_death_costs_no_comment(stage: Stage) -> None:
    stage.start(WORKERS, **SETTINGS)
    providers = [Provider(latency=0.1) for _ in WEIGHTS]
    nodes = [ExitStack() for _ in WEIGHTS]
    with pool(stage, batch_size=BATCH):
        addresses = [node.enter_context(serving(fake)) for node, fake in zip(nodes, providers, strict=True)]
        for place, (address, weight) in enumerate(zip(addresses, WEIGHTS, strict=True)):
            add_node(stage, address, f"n{place}", weight=weight, at_once=2)
        shares, outcome = one_dies(stage, providers, nodes[0])
        nodes[1].close()
        nodes[2].close()
        stood_in, waiting = all_are_dead(stage, addresses[1])

    stage.say(f"shares {shares}; one dead: {outcome}; all dead: {stood_in}; one back: {waiting}")
    assert all(abs(share - weight / sum(WEIGHTS)) <= MOST_OFF for share, weight in zip(shares, WEIGHTS, strict=True))
    assert (outcome.state, outcome.missing, outcome.swapped, outcome.fallbacks.total()) == ("completed", 0, 0, 0)
    assert (stood_in.state, stood_in.missing, stood_in.fallbacks.total()) == ("completed", 0, FEW)
    assert (waiting.state, waiting.missing, waiting.swapped, waiting.fallbacks.total()) == ("completed", 0, 0, 0)


def one_dies(stage: Stage, providers: Sequence[Provider], first: ExitStack) -> tuple[list[float], Network]:
    """The shares of the calls before the first node dies, and what became of the session."""
    sent = complaints(COMMENTS, seed=23)
    session = upload(stage, sent)
    wait_for(lambda: labelled(stage, session) > COMMENTS / 2, "half to be labelled")
    calls = [fake.ledger.calls for fake in providers]
    first.close()
    return [round(own / sum(calls), 3) for own in calls], wait_and_judge(stage, session, sent)


def all_are_dead(stage: Stage, address: str) -> tuple[Network, Network]:
    """What became of a session that takes stand-ins, and of one that waits until a node is back."""
    sent, others = complaints(FEW, seed=24), complaints(FEW, seed=25)
    stood_in = wait_and_judge(stage, upload(stage, sent), sent)
    session = upload(stage, others, on_outage="wait")
    wait_for(lambda: stage.ask("SELECT 1 FROM sessions WHERE id = %s AND state = 'running'", session), "it to begin")
    until = time.monotonic() + OUTAGE
    while time.monotonic() < until:
        assert labelled(stage, session) == 0
        time.sleep(0.2)
    with serving(Provider(), port=urlsplit(address).port or 0):
        return stood_in, wait_and_judge(stage, session, others)
