"""Another instance of this product, as far as its REST API shows: labels, engines, load, and its ways of saying no."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from analysis.engines.base import THEMES
from tests.provider.answers import result_for
from tests.provider.server import KEY

VERSION = "embedded-of-another"
Spoil = Callable[[dict[str, Any]], dict[str, Any]]


def analysed(name: str, text: str) -> dict[str, Any]:
    """What it says of one text: a function of the text alone."""
    result = result_for(text, THEMES)
    word = len(text.split()[0]) if text.split() else 0
    return {
        "id": name,
        "text": text,
        "pii_masked": {},
        "sentiment": result["sentiment"],
        "sentiment_score": result["score"],
        "text_sentiment": result["sentiment"],
        "text_score": result["score"],
        "rating_mismatch": False,
        "confidence": result["confidence"],
        "language": result["language"],
        "guarani_share": 0.25,
        "urgency": result["urgency"],
        "churn_risk": result["churn_risk"],
        "emotions": result["emotions"],
        "themes": result["themes"],
        "competitors": ["tigo"],
        "pain_points": ["slow"],
        "reasons": ["no_service"],
        "is_uninformative": False,
        "is_company_reply": False,
        "evidence": [{"label": f"sentiment:{result['sentiment']}", "start": 0, "end": word}],
        "is_fallback": False,
        "fallback_reason": "",
    }


@dataclass
class Instance:
    """``status`` other than 200 refuses everything; ``spoil`` has a last word on each result, and ``bodies`` are whole
    answers by path. A ``silent`` one never answers.
    """

    version: str = VERSION
    load: dict[str, Any] = field(default_factory=lambda: {"cpu": 0.25, "memory": 0.5})
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    spoil: Spoil | None = None
    bodies: dict[str, bytes] = field(default_factory=dict)
    silent: bool = False
    asked: Counter[str] = field(default_factory=Counter)
    batches: list[int] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, path: str, body: dict[str, Any]) -> Any:
        """The body of an answer."""
        self.asked[path] += 1
        if path == "/engines":
            others = {"name": "llm", "version": None, "is_default": False}
            return {"engines": [others, {"name": "embedded", "version": self.version, "is_default": True}]}
        if path == "/load":
            return self.load
        self.requests.append(body)
        self.batches.append(len(body["items"]))
        results = [analysed(item["id"], item["text"]) for item in reversed(body["items"])]
        results = [self.spoil(one) if self.spoil else one for one in results]
        return {"engine": "embedded", "engine_version": self.version, "pii_masked": {}, "results": results}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, instance: Instance) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.instance = instance
        self.ended = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def log_message(self, *_args: Any) -> None:
        pass

    def _answer(self, body: dict[str, Any]) -> None:
        instance, path = self.server.instance, self.path.removeprefix("/api/v1")
        if instance.silent:
            self.server.ended.wait(3600)
            self.close_connection = True
            return
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            self._send(401, {}, b'{"code": "token_unknown"}')
        elif path in instance.bodies:
            self._send(200, instance.headers, instance.bodies[path])
        elif instance.status != 200:
            self._send(instance.status, instance.headers, b'{"code": "refused"}')
        else:
            self._send(200, {}, json.dumps(instance.answer(path, body)).encode())

    def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def instance_at(instance: Instance) -> Iterator[str]:
    """The instance at its address, such as ``http://127.0.0.1:49152/api/v1``."""
    server = _Server(instance)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/api/v1"
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
