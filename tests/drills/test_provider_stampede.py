"""Two hundred ask for the labels of one text at once, of several web processes: the provider is asked once."""

from __future__ import annotations

import threading

import pytest

from tests.drills.client import Client, History, busy
from tests.drills.network import SETTINGS, add_node, pool, said_of
from tests.drills.stage import Stage
from tests.provider.server import Provider, serving

pytestmark = pytest.mark.drill

WORKERS, AT_ONCE = 4, 200
TEXT = "El internet se corta cada noche desde el martes y nadie contesta el teléfono"
#: As many connections as threads: those who wait for the provider must not keep one from the ledger.
NONE_TO_SPARE = {"WEB_CONCURRENCY": "2", "WEB_THREADS": "10"}
USUAL, MOST = 1, 2  # texts that the provider is sent


def test_two_hundred_at_once_are_one_question(stage: Stage) -> None:
    stage.start(WORKERS, **SETTINGS, **NONE_TO_SPARE)
    provider, history = Provider(latency=0.5), History()
    together = threading.Barrier(AT_ONCE)

    def ask(_stopped: threading.Event) -> None:
        client = Client(stage.port, stage.account["token"], history)
        together.wait(timeout=30)
        client.post("/api/v1/analyze", {"items": [{"text": TEXT}], "engine": "llm", "sends_abroad": True})
        client.close()

    with pool(stage), serving(provider) as address:
        add_node(stage, address)
        with busy(*[ask] * AT_ONCE):
            pass

    processes, sent = len(stage.web()) - 1, sum(provider.ledger.items.values())
    stage.say(
        f"{processes} web processes, answers {history.statuses()}, {sent} text sent in {provider.ledger.calls} calls"
    )
    assert processes >= 2
    assert history.statuses() == {200: AT_ONCE}
    sentiment, language, urgency = said_of(TEXT)[:3]
    for call in history.calls:
        (result,) = call.json["results"]
        assert (result["is_fallback"], result["text_sentiment"]) == (False, sentiment)
        assert (result["language"], result["urgency"]) == (language, urgency)
    assert USUAL <= sent <= MOST
