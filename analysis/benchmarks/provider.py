"""A provider for measurements: chat completions after a fixed latency, from a process of its own.

    python analysis/benchmarks/provider.py 0.5 [0.002 [0.0004]]

prints its address, answers each call after 0.5 s (and so many for each text, and for their number squared), and ends
when its standard input does. What it says of a text is of the length of a real answer; a token is four characters.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

_CHARACTERS_A_TOKEN = 4
_LABELS = {
    "sentiment": "negative", "score": -0.6, "confidence": 0.9, "language": "es",
    "themes": [{"code": "other", "sentiment": "negative", "confidence": 0.8}],
    "emotions": [{"code": "frustration", "intensity": 0.6}], "urgency": "p2", "churn_risk": "none", "quote": "",
}  # fmt: skip


@dataclass
class Seen:
    """What a provider saw so far."""

    calls: int = 0
    items: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def __sub__(self, before: Seen) -> Seen:
        return Seen(**{name: value - getattr(before, name) for name, value in asdict(self).items()})


class Served:
    """A provider in its process."""

    def __init__(self, address: str) -> None:
        self.address = address

    def seen(self) -> Seen:
        """What it saw so far."""
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=5)
        try:
            connection.request("GET", "/seen")
            return Seen(**json.loads(connection.getresponse().read()))
        finally:
            connection.close()


@contextmanager
def serving(latency: float, each: float = 0.0, crowd: float = 0.0) -> Iterator[Served]:
    """A provider that answers after so many seconds, more for each text and their square, while the block lasts."""
    command = [sys.executable, __file__, str(latency), str(each), str(crowd)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        assert process.stdout is not None  # noqa: S101 -- a pipe was asked for
        yield Served(process.stdout.readline().strip())
    finally:
        process.communicate()


class _Provider:
    def __init__(self, latency: float, each: float = 0.0, crowd: float = 0.0) -> None:
        self.latency, self.each, self.crowd, self.seen = latency, each, crowd, Seen()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, call after call."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.decode("latin-1").lower().split("\r\n")
                lengths = [int(line.split(":")[1]) for line in lines if line.startswith("content-length:")]
                body = await reader.readexactly(lengths[0]) if lengths else b""
                answer = json.dumps(await self._answer(body) if body else asdict(self.seen)).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer)
                )
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, body: bytes) -> dict[str, Any]:
        began = asyncio.get_running_loop().time()
        messages = json.loads(body)["messages"]
        texts = json.loads(messages[-1]["content"])
        content = json.dumps({"results": [{"id": name} | _LABELS for name in texts]})
        tokens_in = sum(len(message["content"]) for message in messages) // _CHARACTERS_A_TOKEN
        tokens_out = len(content) // _CHARACTERS_A_TOKEN
        seen = self.seen
        self.seen = Seen(
            seen.calls + 1, seen.items + len(texts), seen.tokens_in + tokens_in, seen.tokens_out + tokens_out
        )
        due = began + self.latency + self.each * len(texts) + self.crowd * len(texts) ** 2
        await asyncio.sleep(due - asyncio.get_running_loop().time())
        return {
            "id": "chatcmpl-0", "object": "chat.completion", "created": 0, "model": "benchmark",
            "choices": [
                {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
            ],
            "usage": {
                "prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out
            },
        }  # fmt: skip


async def _serve(*seconds: float) -> None:
    server = await asyncio.start_server(_Provider(*seconds).talk, "127.0.0.1", 0, backlog=256)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)  # noqa: T201
    await asyncio.to_thread(sys.stdin.read)
    os._exit(0)  # whoever still waits has gone


if __name__ == "__main__":
    asyncio.run(_serve(*map(float, sys.argv[1:])))
