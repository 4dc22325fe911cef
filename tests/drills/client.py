"""Clients that upload and read while the drill does its worst, and the history of what they saw."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.drills.scripted import NAME

#: How long a client waits for one answer; nothing in the product may take as long.
PATIENCE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Call:
    """One request as its client saw it: status 0 means that no whole answer came."""

    began: float
    seconds: float
    method: str
    path: str
    status: int
    retry_after: str
    body: bytes

    @property
    def json(self) -> Any:
        """The answer's body."""
        return json.loads(self.body)

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.status} after {self.seconds:.2f} s {self.body[:200]!r}"


@dataclass
class History:
    """All calls of all clients, in the order of their ends."""

    calls: list[Call] = field(default_factory=list)

    def statuses(self) -> dict[int, int]:
        """How many calls ended with each status."""
        return dict(Counter(call.status for call in self.calls))

    def ended(self, *statuses: int) -> list[Call]:
        """The calls with one of these statuses."""
        return [call for call in self.calls if call.status in statuses]

    def between(self, begin: float, end: float = float("inf")) -> list[Call]:
        """The calls that began in this time (``time.monotonic``)."""
        return [call for call in self.calls if begin <= call.began < end]

    def unexpected(self, *expected: int) -> list[str]:
        """What was seen besides these statuses; an answer of 503 must also say when to come back."""
        wrong = [call for call in self.calls if call.status not in expected]
        silent = [call for call in self.ended(503) if not call.retry_after.isdigit()]
        return [str(call) for call in (wrong + silent)[:10]]


def percentile(calls: Sequence[Call], share: float) -> float:
    """Seconds within which this share of the calls was answered."""
    times = sorted(call.seconds for call in calls)
    return times[min(len(times) - 1, int(share * len(times)))]


class Client:
    """One program with one connection that it keeps."""

    def __init__(self, port: int, token: str, history: History) -> None:
        self._port, self._token, self._history = port, token, history
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Call:
        """Read something."""
        return self.send("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> Call:
        """Send JSON."""
        return self.send("POST", path, json.dumps(body or {}).encode(), {"Content-Type": "application/json"} | headers)

    def upload(self, name: str, content: bytes, key: str, **fields: str) -> Call:
        """Open a session from a file, for the scripted engine unless the fields name another; the same key again is
        the same session."""
        boundary = uuid.uuid4().hex
        parts = {"name": name, "engine": NAME} | fields
        form = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
            for field, value in parts.items()
        )
        form += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}.csv"\r\n\r\n'
        body = form.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Idempotency-Key": key}
        return self.send("POST", "/api/v1/sessions", body, headers)

    def send(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Call:
        """One request over the connection that is kept; a new one after a failure. Nothing is sent twice."""
        began = time.monotonic()
        status, retry_after, answer = 0, "", b""
        try:
            connection = self._connected()
            connection.request(method, path, body, {"Authorization": f"Bearer {self._token}"} | (headers or {}))
            response = connection.getresponse()
            answer = response.read()
            status, retry_after = response.status, response.headers.get("Retry-After", "")
        except (OSError, http.client.HTTPException) as error:
            answer = repr(error).encode()
            self.close()
        call = Call(began, time.monotonic() - began, method, path, status, retry_after, answer)
        self._history.calls.append(call)
        return call

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_SECONDS)
        return self._connection

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


@contextmanager
def busy(*routines: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run each routine in a thread of its own until the end of the block; an error in one is raised at the end."""
    stopped = threading.Event()
    errors: list[BaseException] = []

    def run(routine: Callable[[threading.Event], None]) -> None:
        try:
            routine(stopped)
        except BaseException as error:  # noqa: BLE001 -- it is raised in the thread that asked for all this
            errors.append(error)

    threads = [threading.Thread(target=run, args=(routine,), daemon=True) for routine in routines]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join(timeout=2 * PATIENCE_SECONDS)
    if errors:
        raise errors[0]
