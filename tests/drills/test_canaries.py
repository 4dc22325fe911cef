"""Marks in a key, in comments and in a telephone number: whatever goes wrong, they turn up nowhere they should not."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import pyzstd
import redis

from tests.drills.client import Client, History
from tests.drills.judge import wait_for_end
from tests.drills.network import KEY_VARIABLE, SETTINGS, add_node, labelled, pool, upload
from tests.drills.stage import Stage, wait_for
from tests.provider.server import Provider, serving

pytestmark = pytest.mark.drill

WORKERS, COMMENTS = 2, 60
KEY = "sk-canariodelallave"
WORD = "canariodelcomentario"
PHONE = "0981 765 432"
PROMPT = "You label comments of customers"
TEXT = f"Hace días que no anda el internet, {WORD}, llámenme al {PHONE} por favor"
#: Where the words of a comment belong.
TABLES = {"comments"}
_NAMES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"


def test_marks_turn_up_nowhere(stage: Stage) -> None:
    stage.start(WORKERS, **SETTINGS | {KEY_VARIABLE: KEY, "SILK_SAMPLE_PERCENT": "100", "LOG_LEVEL": "DEBUG"})
    provider, history = Provider(latency=0.3, key=KEY, remembers=True, retry_after=0.5), History()
    sent = [f"{TEXT}, día {number}" for number in range(COMMENTS)]
    try:
        with pool(stage, batch_size=5), serving(provider) as address:
            add_node(stage, address, at_once=2)
            session = upload(stage, sent)
            wait_for(lambda: labelled(stage, session), "results")
            assert found(stage) == []
            refused = ask_wrongly(stage, provider, history)
            provider.echoes = True
            failing = upload(stage, [f"{text} otra vez" for text in sent[:5]])
            wait_for_end(stage, session, failing)
            silk = stage.ask("SELECT count(*) FROM silk_request")[0][0]
            assert found(stage) == []
    finally:
        stage.stop()
        stage.ask("TRUNCATE silk_request, silk_response, silk_sqlquery CASCADE")

    heard = "\n".join(provider.heard)
    stage.say(f"{len(provider.heard)} bodies at the provider, {silk} requests in silk, answers {history.statuses()}")
    assert all(mark in heard for mark in (WORD, PROMPT, "[TELEFONO]")), "the marks were there to be found"
    assert not any(part in heard for part in (PHONE, PHONE.replace(" ", ""), "765 432", KEY))
    assert silk > len(history.calls) / 2
    assert refused >= 5
    assert [str(call) for call in history.calls if call.status >= 400 and marks(call.body.decode())] == []


def ask_wrongly(stage: Stage, provider: Provider, history: History) -> int:
    """Requests that fail in many ways; how many were refused."""
    client = Client(stage.port, stage.account["token"], history)
    texts, numbers = {"engine": "llm", "sends_abroad": True}, itertools.count()

    def analyze(**fields: object) -> None:
        client.post("/api/v1/analyze", {"items": [{"text": f"{TEXT} {next(numbers)}"}], **texts, **fields})

    analyze()
    provider.echoes = True
    analyze()
    provider.echoes, provider.is_away = False, True
    analyze()
    analyze(fallback=False)
    provider.is_away = False
    analyze(engine="nobody")
    analyze(sends_abroad=False)
    analyze(surplus=TEXT)
    client.post("/api/v1/analyze", {"items": TEXT})
    client.post("/api/v1/analyze", {"items": [{"text": TEXT * 2_000}]})
    client.send(
        "POST", "/api/v1/analyze", f'{{"items": [{{"text": "{TEXT}'.encode(), {"Content-Type": "application/json"}
    )
    client.post("/api/v1/nowhere", {"text": TEXT})
    client.send("POST", "/login/", f"username={WORD}&password={KEY}".encode(), {"Content-Type": "text/plain"})
    client.close()
    return len([call for call in history.calls if call.status >= 400])


def found(stage: Stage) -> list[str]:
    """Where a mark is that should not be there."""
    return [place for place, content in everywhere(stage) if marks(content)]


def marks(content: str) -> list[str]:
    """The marks in it."""
    return [mark for mark in (KEY, WORD, PHONE, PROMPT) if mark in content]


def everywhere(stage: Stage) -> Iterator[tuple[str, str]]:
    """All logs, all that both Redis keep, all tables but the one of comments."""
    for log in stage.home.rglob("*.log"):
        yield log.name, log.read_text(errors="replace")
    for server in (stage.queue, stage.cache):
        for number in range(16):
            with redis.Redis.from_url(server.url.replace("db=0", f"db={number}")) as client:
                for key in client.scan_iter():
                    yield f"Redis {number} {key!r}", key.decode() + read(client, key)
    for (table,) in stage.ask(_NAMES):
        if table not in TABLES:
            for (row,) in stage.ask(f'SELECT t::text FROM "{table}" t'):  # noqa: S608 - our own
                yield table, row


def read(client: Any, key: bytes) -> str:
    """What is kept under a key, unpacked."""
    kind = client.type(key)
    if kind == b"string":
        values = [client.get(key)]
    elif kind == b"hash":
        values = [part for pair in client.hgetall(key).items() for part in pair]
    elif kind == b"list":
        values = client.lrange(key, 0, -1)
    elif kind == b"set":
        values = client.smembers(key)
    else:
        values = client.zrange(key, 0, -1) if kind == b"zset" else [client.dump(key)]
    return "\n".join(unpacked(value or b"").decode(errors="replace") for value in values)


def unpacked(value: bytes) -> bytes:
    """As it was before it was made small."""
    if value.startswith(b"\x28\xb5\x2f\xfd"):
        return pyzstd.decompress(value)
    try:
        return zlib.decompress(value)
    except zlib.error:
        return value
