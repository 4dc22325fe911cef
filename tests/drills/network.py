"""Engines of the network on the stage: nodes that lead to providers of the test, and what became of what they said."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from analysis.engines.base import THEMES
from tests.drills.client import Client, History
from tests.drills.judge import count, wait_for_end
from tests.drills.stage import Stage
from tests.drills.texts import csv_of, texts
from tests.provider.answers import result_for
from tests.provider.server import KEY

KEY_VARIABLE = "PROVIDER_KEY_DRILLS"
#: After so long every process follows a change of the nodes.
SEEN_SECONDS = 0.5
#: Nodes are looked at, and sessions taken up again, often enough for a drill to wait for it.
SETTINGS = {
    KEY_VARIABLE: KEY,
    "NODE_CHECK_SECONDS": "1",
    "ENGINE_SEEN_SECONDS": str(SEEN_SECONDS),
    "SWEEP_SECONDS": "0.5",
    "LEASE_SECONDS": "5",
    "HEARTBEAT_SECONDS": "1",
    "WORKER_GONE_SECONDS": "4",
    "API_ANALYZE_RATE_LIMIT": "1000000",
}
PRICE_IN, PRICE_OUT = 2, 8  # US dollars a million tokens
_MODEL = "INSERT INTO language_models (id, name, price_in, price_out) VALUES (%s, %s, %s, %s)"
_POOL = """
INSERT INTO node_pools (id, engine, model_id, algorithm, sure_from, batch_size, is_adaptive, served_version)
VALUES (%s, 'llm', %s, 'weighted_round_robin', 0.6, %s, false, '')
"""
_NODE = """
INSERT INTO provider_nodes (id, name, pool_id, base_url, key_variable, weight, is_enabled, is_draining, is_abroad,
                            at_once, calls_per_minute, timeout_seconds, check_trouble)
SELECT %s, %s, id, %s, %s, %s, true, false, true, %s, NULL, %s, '' FROM node_pools WHERE engine = 'llm'
"""
_EMPTY = ("provider_calls", "spendings", "budgets", "provider_nodes", "node_pools", "language_models")
_RESULTS = """
SELECT c.row_number, c.text, coalesce(f.text, c.text), r.engine, r.is_fallback, r.fallback_reason, r.is_uninformative,
       r.text_sentiment, r.language, r.urgency, r.churn_risk, r.themes, r.emotions
  FROM comments c LEFT JOIN comments f ON f.id = c.duplicate_of_id
  LEFT JOIN analysis_results r ON r.comment_id = c.id AND r.is_current
 WHERE c.session_id = %s ORDER BY c.row_number
"""


@contextmanager
def pool(stage: Stage, *, batch_size: int = 20) -> Iterator[None]:
    """A priced pool for the language model, without nodes; nothing of it is left afterwards."""
    _clear(stage)
    model = uuid.uuid4()
    stage.ask(_MODEL, model, f"model-{model.hex[:8]}", PRICE_IN, PRICE_OUT)
    stage.ask(_POOL, uuid.uuid4(), model, batch_size)
    try:
        yield
    finally:
        _clear(stage)


def add_node(
    stage: Stage, address: str, name: str = "first", *, weight: int = 1, at_once: int = 5, timeout: float = 5.0
) -> None:
    """A node of that pool, which every process knows by now."""
    stage.ask(_NODE, uuid.uuid4(), name, address, KEY_VARIABLE, weight, at_once, timeout)
    time.sleep(2 * SEEN_SECONDS)


def complaints(number: int, *, seed: int) -> list[str]:
    """So many comments that all differ and all say something."""
    return texts(number, "el internet anda mal y nadie contesta", repeats=0, seed=seed)


def upload(stage: Stage, comments: Sequence[str], **fields: str) -> str:
    """Upload a session for the language model, as a program does; its id."""
    client = Client(stage.port, stage.account["token"], History())
    terms = {"engine": "llm", "sends_abroad": "true"} | fields
    call = client.upload(f"drill-{uuid.uuid4().hex}", csv_of(comments), uuid.uuid4().hex, **terms)
    client.close()
    assert call.status == 202, call
    return str(call.json["id"])


@dataclass(frozen=True, slots=True)
class Network:
    """What became of a session's rows: how many lack a result, have somebody else's, have one that stands in for the
    provider's (by reason), and how many results were written a second time."""

    state: str
    rows: int
    missing: int
    swapped: int
    fallbacks: Counter[str]
    rewritten: int


def judge(stage: Stage, session: str, sent: Sequence[str]) -> Network:
    """Compare the tables with what was sent and with what the provider says of each text; rows without end fail here.

    A stand-in must say of itself that it is one, and why.
    """
    counts = count(stage, session, sent)
    rows = stage.ask(_RESULTS, session)
    assert [text for _row, text, *_rest in rows] == list(sent)
    fallbacks: Counter[str] = Counter()
    missing = swapped = 0
    for _row, _text, asked, engine, is_fallback, reason, is_uninformative, *labels in rows:
        missing += engine is None
        assert engine is None or (engine, is_uninformative) == ("llm", False)
        assert bool(is_fallback) == bool(reason), "a stand-in has a reason"
        if is_fallback:
            fallbacks[reason] += 1
        elif engine:
            swapped += labels != said_of(asked)
    return Network(counts.state, len(rows), missing, swapped, fallbacks, counts.rewritten)


def said_of(text: str) -> list[Any]:
    """The columns of the one right result."""
    right = result_for(text, THEMES)
    return [right[name] for name in ("sentiment", "language", "urgency", "churn_risk", "themes", "emotions")]


def fallbacks(stage: Stage, session: str) -> int:
    """How many results stand in for the provider's."""
    stand_ins = "SELECT count(*) FROM analysis_results WHERE session_id = %s AND is_current AND is_fallback"
    return int(stage.ask(stand_ins, session)[0][0])


def labelled(stage: Stage, session: str) -> int:
    """How many comments have a result."""
    return int(stage.ask("SELECT count(*) FROM analysis_results WHERE session_id = %s AND is_current", session)[0][0])


def wait_and_judge(stage: Stage, session: str, sent: Sequence[str], seconds: float = 90) -> Network:
    """Judge a session once it has ended."""
    wait_for_end(stage, session, seconds=seconds)
    return judge(stage, session, sent)


def _clear(stage: Stage) -> None:
    """In one statement: a worker of the drill before may still be calling."""
    stage.ask(f"TRUNCATE {', '.join(_EMPTY)}")
