"""What clients do during a drill: some upload sessions and remember what they were promised, others read."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.drills.client import Call, Client, History
from tests.drills.judge import Outcome, judge, wait_for_end
from tests.drills.scripted import NAME
from tests.drills.stage import Stage
from tests.drills.texts import csv_of, texts

Routine = Callable[[threading.Event], None]
_seeds = itertools.count(1000)


@dataclass
class Load:
    """All clients of a drill, their history, and what was promised to them.

    ``promised``: the comments of each session whose start was answered with 202. ``added``: those sent to each
    session that was opened without a file, and whether they were answered with 201.
    """

    stage: Stage
    history: History = field(default_factory=History)
    promised: dict[str, list[str]] = field(default_factory=dict)
    added: dict[str, tuple[list[str], bool]] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)

    def client(self) -> Client:
        """One more program."""
        return Client(self.stage.port, self.stage.account["token"], self.history)

    def upload(self, client: Client, comments: list[str], stopped: threading.Event) -> str | None:
        """Upload until it is taken, as a careful program does: again with the same key after a failure."""
        key = f"drill-{uuid.uuid4().hex}"
        self.keys.append(key)
        while True:
            call = client.upload(key, csv_of(comments), key)
            if call.status == 202:
                session: str = call.json["id"]
                self.promised[session] = comments
                return session
            if stopped.wait(0.3):
                return None

    def uploading(self, rows: int = 100, *words: str, pause: float = 0.2) -> Routine:
        """Upload one session after the other."""

        def routine(stopped: threading.Event) -> None:
            client = self.client()
            while not stopped.wait(pause):
                self.upload(client, texts(rows, *words, seed=next(_seeds)), stopped)

        return routine

    def adding(self, rows: int = 100, *words: str, pause: float = 0.2) -> Routine:
        """Open a session without a file, add comments to it, start it; each step until it is taken."""

        def routine(stopped: threading.Event) -> None:
            client = self.client()
            while not stopped.wait(pause):
                self._add(client, texts(rows, *words, seed=next(_seeds)), stopped)

        return routine

    def _add(self, client: Client, comments: list[str], stopped: threading.Event) -> None:
        name = f"drill-{uuid.uuid4().hex}"
        self.keys.append(name)
        opened = self._insist(client, "/api/v1/sessions", {"name": name, "engine": NAME}, stopped)
        if opened is None:
            return
        session = opened.json["id"]
        address = f"/api/v1/sessions/{session}"
        self.added[session] = comments, False
        if self._insist(client, f"{address}/comments", [{"comment": text} for text in comments], stopped):
            self.added[session] = comments, True
            if self._insist(client, f"{address}/start", {}, stopped):
                self.promised[session] = comments

    @staticmethod
    def _insist(client: Client, path: str, body: object, stopped: threading.Event) -> Call | None:
        key = uuid.uuid4().hex
        while True:
            call = client.post(path, body, **{"Idempotency-Key": key})
            if call.status in (201, 202):
                return call
            assert call.status in (0, 409, 503), call
            if stopped.wait(0.3):
                return None

    def reading(self, pause: float = 0.05) -> Routine:
        """Read what pages and programs read, in turn."""

        def routine(stopped: threading.Event) -> None:
            client = self.client()
            cookie = {"Cookie": self.stage.account["cookie"]}
            for turn in itertools.count():
                if stopped.wait(pause):
                    return
                latest = next(reversed(self.promised), None)
                if latest is None or turn % 4 == 0:
                    client.get("/api/v1/sessions")
                elif turn % 4 == 1:
                    client.get(f"/api/v1/jobs/{latest}")
                elif turn % 4 == 2:
                    client.get(f"/api/v1/sessions/{latest}/comments")
                else:
                    client.send("GET", "/", headers=cookie)

        return routine

    def settle(self, seconds: float = 60) -> None:
        """Every session that was promised ends with each of its rows labelled once; no key made two sessions."""
        wait_for_end(self.stage, *self.promised, seconds=seconds)
        for session, comments in self.promised.items():
            assert judge(self.stage, session, comments) == Outcome("completed", len(comments))
        for session, (comments, acknowledged) in self.added.items():
            kept = self.stage.ask("SELECT text FROM comments WHERE session_id = %s ORDER BY row_number", session)
            assert [text for (text,) in kept] in ([comments] if acknowledged else [comments, []]), "all or nothing"
        made = self.stage.ask("SELECT name, count(*) FROM sessions WHERE name = ANY(%s) GROUP BY 1", self.keys)
        assert [name for name, number in made if number > 1] == []
        assert len(made) >= len(self.promised)

    def wait_for_promises(self, number: int) -> None:
        """Until so many uploads were taken."""
        deadline = time.monotonic() + 30
        while len(self.promised) < number:
            assert time.monotonic() < deadline, self.history.statuses()
            time.sleep(0.05)
