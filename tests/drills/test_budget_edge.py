"""Many workers at the edge of the day's budget: never a cent too much, and nothing is lost or paid for twice."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest

from tests.drills.judge import has_ended
from tests.drills.network import PRICE_IN, PRICE_OUT, SETTINGS, add_node, complaints, judge, labelled, pool, upload
from tests.drills.stage import Stage, wait_for
from tests.provider.server import Provider, serving

pytestmark = pytest.mark.drill

SESSIONS, COMMENTS, WORKERS, BATCH, AT_ONCE = 10, 100, 8, 5, 3
CAP = Decimal("0.50")  # of the 0.84 that all of them cost; for a call of five texts 0.03 is promised, and 0.004 paid
_HIGHEST = """
CREATE TABLE drill_spent (scope text, committed numeric);
CREATE FUNCTION drill_note_spent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO drill_spent VALUES (NEW.scope, NEW.committed);
    RETURN NULL;
END $$;
CREATE TRIGGER drill_spent AFTER INSERT OR UPDATE ON spendings FOR EACH ROW EXECUTE FUNCTION drill_note_spent();
"""
_BUDGET = "INSERT INTO budgets (id, scope, most) VALUES (%s, 'day', %s)"
_PAUSED = "SELECT pause_reason FROM sessions WHERE id = ANY(%s::uuid[]) AND state = 'paused'"
_LEDGER = "SELECT count(*), sum(items), sum(tokens_in), sum(tokens_out), sum(cost) FROM provider_calls"


@contextmanager
def every_moment_noted(stage: Stage) -> Iterator[None]:
    """Each value that a period's spending ever has is kept, however short it lasts."""
    stage.ask(_HIGHEST)
    try:
        yield
    finally:
        stage.ask("DROP TRIGGER drill_spent ON spendings; DROP FUNCTION drill_note_spent; DROP TABLE drill_spent")


def test_eight_workers_at_the_edge_of_a_budget_never_go_beyond_it(stage: Stage) -> None:
    stage.start(WORKERS, **SETTINGS)
    provider = Provider(latency=0.05)
    sent = [complaints(COMMENTS, seed=100 + number) for number in range(SESSIONS)]
    with every_moment_noted(stage), pool(stage, batch_size=BATCH), serving(provider) as address:
        add_node(stage, address, at_once=AT_ONCE)
        stage.ask(_BUDGET, uuid.uuid4(), CAP)
        sessions = [upload(stage, comments) for comments in sent]
        wait_for(lambda: held(stage, sessions) == SESSIONS, "all sessions to be paused or to have ended")
        reached, done = highest(stage), sum(labelled(stage, session) for session in sessions)
        paused = stage.ask(_PAUSED, sessions)
        stage.ask("UPDATE budgets SET most = 100")
        resumed = wait_for(lambda: has_ended(stage, *sessions), "all of them to go on by themselves")
        outcomes = [judge(stage, session, comments) for session, comments in zip(sessions, sent, strict=True)]
        calls, items, tokens_in, tokens_out, cost = stage.ask(_LEDGER)[0]
        committed = stage.ask("SELECT committed FROM spendings WHERE scope = 'day'")[0][0]

    ledger = provider.ledger
    stage.say(f"cap {CAP}, reached {reached}, {done} labelled, {len(paused)} paused; {resumed:.1f} s after it was "
              f"raised all ended, {calls} calls, {items} items, {cost} USD")  # fmt: skip
    assert CAP * Decimal("0.8") < reached <= CAP
    assert len(paused) > SESSIONS / 4
    assert {reason for (reason,) in paused} == {"budget_day"}
    assert 0 < done < SESSIONS * COMMENTS
    assert {(each.state, each.missing, each.swapped, each.rewritten) for each in outcomes} == {("completed", 0, 0, 0)}
    assert sum(each.fallbacks.total() for each in outcomes) == 0
    assert (calls, tokens_in, tokens_out) == (ledger.answered, ledger.tokens_in, ledger.tokens_out)
    assert abs(cost - Decimal(tokens_in * PRICE_IN + tokens_out * PRICE_OUT) / 1_000_000) < Decimal("0.00001")
    assert committed == cost
    assert sum(ledger.items.values()) == len(ledger.items) == items == SESSIONS * COMMENTS, "nothing was paid for twice"


def held(stage: Stage, sessions: list[str]) -> int:
    """How many of the sessions stand still."""
    still = "SELECT count(*) FROM sessions WHERE id = ANY(%s::uuid[]) AND state IN ('paused', 'completed')"
    return int(stage.ask(still, sessions)[0][0])


def highest(stage: Stage) -> Decimal:
    """The most that was ever committed for a day."""
    return Decimal(stage.ask("SELECT max(committed) FROM drill_spent WHERE scope = 'day'")[0][0])
