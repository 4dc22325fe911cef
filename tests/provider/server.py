"""A provider for tests: real HTTP, chat completions with JSON schemas, errors, usage; it keeps a ledger of its own."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.provider.answers import result_for
from tests.provider.faults import Dice, Faults

KEY = "sk-of-the-tests"
_TOKENS_PER_CHARACTER = 0.25
_SILENCE = 3600.0


@dataclass
class Ledger:
    """What the provider saw. ``items`` counts how often a text was answered, by its SHA-256."""

    calls: int = 0
    answered: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    too_early: int = 0
    most_at_once: int = 0
    items: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    batches: list[int] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Plain data, without texts."""
        return vars(self) | {"items": sum(self.items.values()), "texts": len(self.items)}


class Provider:
    """Answers after ``latency`` seconds. ``is_away`` refuses everything with 503.

    A call that was on its way when the provider asked for quiet could not know: it is not too early when it comes
    within ``on_the_way`` seconds. One that ``remembers`` keeps every body it was sent in ``heard``; while it ``echoes``
    it refuses all, and quotes what it was sent.
    """

    echoes = False

    def __init__(
        self, *, latency: float = 0.0, faults: Faults | None = None, seed: int = 0, retry_after: float = 1.0,
        on_the_way: float = 0.1, key: str = KEY, remembers: bool = False,
    ) -> None:  # fmt: skip
        self.latency, self.retry_after, self.is_away = latency, retry_after, False
        self.key, self.heard, self._remembers = key, list[str](), remembers
        self._on_the_way = on_the_way
        self.ledger = Ledger()
        self._dice = Dice(faults or Faults(), seed)
        self._lock = threading.Lock()
        self._closed_until = self._quiet_since = 0.0
        self._at_once = 0
        self._ended = threading.Event()

    def answer(self, request: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        """Status, headers and body for a call; ``None`` as the body means that none ever comes."""
        if self._remembers:
            self.heard.append(json.dumps(request, ensure_ascii=False))
        with self._counted():
            return self._answer(request)

    def end(self) -> None:
        """Let go of those who are kept waiting."""
        self._ended.set()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self.ledger.calls += 1
            self.ledger.too_early += self._quiet_since + self._on_the_way < time.monotonic() < self._closed_until
            self._at_once += 1
            self.ledger.most_at_once = max(self.ledger.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1

    def _answer(self, request: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        fault = self._dice.fault()
        if fault == "timeout":
            self._ended.wait(_SILENCE)
            return 0, {}, None
        self._ended.wait(self.latency)
        if self.echoes:
            return self._refuse(400, json.dumps(request, ensure_ascii=False))
        if self.is_away or fault == "server_error":
            return self._refuse(503, "overloaded")
        if fault == "rate_limited" or time.monotonic() < self._closed_until:
            with self._lock:
                if time.monotonic() >= self._closed_until:
                    self._quiet_since = time.monotonic()
                self._closed_until = max(self._closed_until, time.monotonic() + self.retry_after)
            return self._refuse(429, "rate_limit_exceeded", {"Retry-After": f"{self.retry_after:g}"})
        texts: dict[str, str] = json.loads(request["messages"][-1]["content"])
        schema = request["response_format"]["json_schema"]["schema"]
        result = schema["properties"]["results"]["items"]
        themes = result["properties"]["themes"]["items"]["properties"]["code"]["enum"]
        content = self.content(fault, texts, themes)
        asked = sum(len(message["content"]) for message in request["messages"])
        usage = {
            "prompt_tokens": int(asked * _TOKENS_PER_CHARACTER),
            "completion_tokens": int(len(content) * _TOKENS_PER_CHARACTER),
        }
        self._book(texts, usage)
        return 200, {}, _completion(request["model"], content, usage)

    def content(self, fault: str, texts: dict[str, str], themes: Sequence[str]) -> str:
        """What it writes about these texts."""
        return self._dice.spoilt(fault, [{"id": name} | result_for(text, themes) for name, text in texts.items()])

    def _book(self, texts: dict[str, str], usage: dict[str, int]) -> None:
        with self._lock:
            self.ledger.answered += 1
            self.ledger.tokens_in += usage["prompt_tokens"]
            self.ledger.tokens_out += usage["completion_tokens"]
            self.ledger.items.update(sha256(text.encode()).hexdigest() for text in texts.values())
            self.ledger.batches.append(len(texts))
            self.ledger.statuses[200] += 1

    def _refuse(
        self, status: int, code: str, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], dict[str, Any]]:
        with self._lock:
            self.ledger.statuses[status] += 1
        return status, headers or {}, {"error": {"message": code, "type": code, "code": code}}


def _completion(model: str, content: str, usage: dict[str, int]) -> dict[str, Any]:
    return {
        "id": "chatcmpl-0",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content, "refusal": None}}
        ],
        "usage": usage | {"total_tokens": sum(usage.values())},
    }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], provider: Provider) -> None:
        super().__init__(address, _Handler)
        self.provider = provider
        self._connections: list[socket.socket] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, which outlives the call."""
        self._connections.append(request)
        super().process_request(request, client_address)

    def hang_up(self) -> None:
        """End every connection, as the death of a process would."""
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_args: Any) -> None:
        """Whoever was waiting for an answer may have been killed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # an answer goes out at once
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Authorization") != f"Bearer {self.server.provider.key}":
            self._send(401, {}, {"error": {"message": "Incorrect API key", "code": "invalid_api_key"}})
        elif self.path != "/v1/chat/completions":
            self._send(404, {}, {"error": {"message": "Unknown path", "code": "not_found"}})
        else:
            self._send(*self.server.provider.answer(json.loads(body)))

    def do_GET(self) -> None:
        if self.path == "/ledger":
            self._send(200, {}, self.server.provider.ledger.as_json())
        elif self.server.provider.is_away:
            self._send(503, {}, {"error": {"message": "overloaded", "code": "overloaded"}})
        elif self.headers.get("Authorization") != f"Bearer {self.server.provider.key}":
            self._send(401, {}, {"error": {"message": "Incorrect API key", "code": "invalid_api_key"}})
        elif self.path == "/v1/models":
            self._send(200, {}, {"object": "list", "data": []})
        else:
            self._send(404, {}, {"error": {"message": "Unknown path", "code": "not_found"}})

    def log_message(self, *_args: Any) -> None:
        pass

    def _send(self, status: int, headers: dict[str, str], body: Any) -> None:
        if body is None:
            self.close_connection = True
            return
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving(provider: Provider, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """The provider at its address, such as ``http://127.0.0.1:49152/v1``."""
    server = _Server((host, port), provider)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}/v1"
    finally:
        provider.end()
        server.shutdown()
        server.server_close()
        server.hang_up()
        thread.join()
