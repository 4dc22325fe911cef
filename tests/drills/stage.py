"""A place for drills: private servers, the product on them, and hands that freeze and kill its processes."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg

from fibercomments.servers.logfiles import tail
from fibercomments.servers.places import PROJECT
from tests.drills.guardian import MARK, kill_all, processes, servers
from tests.drills.scripted import LEDGER
from tests.drills.texts import csv_of

#: Chunks that take a third of a second, so that a session is in many hands and its results come steadily.
SMALL_CHUNKS = {"CHUNK_ROWS": "30"}
#: Figures for a drill that waits for a lease to run out; the product's own are ten times as long.
QUICK = {
    "LEASE_SECONDS": "1.5",
    "HEARTBEAT_SECONDS": "0.5",
    "WORKER_GONE_SECONDS": "3",
    "SWEEP_SECONDS": "0.5",
    "STALL_SECONDS": "3",
}
_PATIENCE = 60.0
_PASSED_ON = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "UV_COMPILE_BYTECODE", "PYTHONDONTWRITEBYTECODE")


class Stage:
    """Lives as long as the drills; the product on it is started by each drill as that drill needs it."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="drill-")).resolve()
        self.home.chmod(0o711)
        self._guardian = subprocess.Popen(
            [sys.executable, "-m", "tests.drills.guardian", str(self.home)], cwd=PROJECT, stdin=subprocess.PIPE
        )
        self.postgres, self.queue, self.cache = servers(self.home)
        for folder in ("p", "q", "c"):
            (self.home / folder).mkdir(mode=0o711)
        for valkey in ("q", "c"):
            (self.home / valkey / "valkey").mkdir(mode=0o700)
        self.logs.mkdir(parents=True)
        self.port = _free_port()
        self.ledger = self.home / "ledger"
        self._keeper: subprocess.Popen[bytes] | None = None
        self._running: tuple[int, dict[str, str]] | None = None
        self._files = 0
        self.figures: list[str] = []
        self.account: dict[str, str] = {}

    # --- the servers

    def start_servers(self) -> None:
        """Start whichever does not run."""
        for server in (self.postgres, self.queue, self.cache):
            server.start()

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows that PostgreSQL answers a statement with, over a connection of its own."""
        with psycopg.connect(self.postgres.url, connect_timeout=5, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    # --- the product

    @property
    def logs(self) -> Path:
        """Output of every process."""
        return self.home / "state" / "log"

    def environment(self, more: dict[str, str]) -> dict[str, str]:
        """Of the product's processes: nothing of the developer's own servers is in it."""
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        ours = {
            MARK: str(self.home),
            LEDGER: str(self.ledger),
            "STATE_DIR": str(self.home / "state"),
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.queue.url,
            "REDIS_CACHE_URL": self.cache.url,
            "REDIS_METRICS_URL": self.cache.url.replace("db=0", "db=1"),
            "SECRET_KEY": "a key that opens nothing but this drill's own toys",
            "API_RATE_LIMIT": "1000000",
            "PYTHONUNBUFFERED": "1",
            "WORKER_NICE": "0",  # other tests run beside a drill; its bars compare times
            "LOG_JSON": "1",
        }
        return kept | ours | more

    def run(self, *command: str) -> str:
        """Run a command line of the product to its end; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.drills.product", *command],
            cwd=PROJECT, env=self.environment({}), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def submit(self, comments: Sequence[str]) -> str:
        """Upload a file of comments and start its import; the session's id."""
        self._files += 1
        file = self.home / f"comments-{self._files}.csv"
        file.write_bytes(csv_of(comments))
        return self.run("tests/drills/seed.py", "session", str(file))

    def start(self, workers: int = 4, **settings: str) -> None:
        """Have the product run with these settings; one that runs with the same settings is left alone."""
        wanted = (workers, settings)
        if self._running == wanted and self._keeper and self._keeper.poll() is None:
            self.wait_until_ready(workers)
            return
        self.stop()
        with (self.logs / "keeper.log").open("ab") as output:
            self._keeper = subprocess.Popen(
                [sys.executable, "-m", "tests.drills.keeper", str(self.port), str(workers)],
                cwd=PROJECT, env=self.environment(settings), stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self._running = wanted
        self.wait_until_ready(workers)

    def stop(self) -> None:
        """Stop the product as its operator would."""
        if self._keeper and self._keeper.poll() is None:
            self._keeper.terminate()
            self._keeper.wait(timeout=_PATIENCE)
        self._keeper = self._running = None

    def wait_until_ready(self, workers: int) -> None:
        """Until pages answer and all workers have said that they live."""
        wait_for(self.answers, "the page to answer")
        wait_for(lambda: self.workers_alive() >= workers, "all workers to live")

    def answers(self) -> bool:
        """Whether the web says that it is ready."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=3)
        try:
            connection.request("GET", "/healthz/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def workers_alive(self) -> int:
        """Workers of this life of the product that gave a sign of life just now."""
        pids = [process.pid for process in self.workers()]
        fresh = "SELECT count(*) FROM workers WHERE heartbeat_at > now() - interval '4 s' AND pid = ANY(%s)"
        return int(self.ask(fresh, pids)[0][0])

    def workers(self) -> list[psutil.Process]:
        """The worker processes, by slot."""
        return self._named("worker")

    def web(self) -> list[psutil.Process]:
        """Gunicorn's master first, then its workers."""
        return self._named("gunicorn")

    def sweeper(self) -> list[psutil.Process]:
        """The sweeper."""
        return self._named("sweeper")

    def _named(self, word: str) -> list[psutil.Process]:
        found = []
        for process in processes(self.home):
            with suppress(psutil.Error):
                if word in process.cmdline():
                    found.append((process.cmdline()[-1], process.create_time(), process))
        return [process for *_order, process in sorted(found, key=lambda each: each[:2])]

    def kill_all(self) -> None:
        """Every process of the product and of its servers, at once."""
        kill_all(self.home)
        if self._keeper:
            self._keeper.wait()
        self._keeper = self._running = None

    # --- what is known afterwards

    def report(self, lines: int = 40) -> str:
        """The end of each log, for the reader of a failure."""
        files = [*sorted(self.logs.glob("*.log")), self.postgres.log, self.queue.log, self.cache.log]
        return "\n".join(f"--- {file.name}\n{tail(file, lines)}" for file in files if file.exists())

    def poison_ledger(self, kind: str) -> list[str]:
        """A line for each time that a poison of this kind was tasted."""
        path = self.ledger.with_name(f"{self.ledger.name}.{kind}")
        return path.read_text().split() if path.exists() else []

    def say(self, figures: str) -> None:
        """Keep a line of figures for the summary of the run."""
        self.figures.append(figures)

    def count_in_logs(self, event: str, name: str) -> int:
        """How often the processes whose name begins so have logged an event."""
        return sum(file.read_text().count(f'"event": "{event}"') for file in self.logs.glob(f"{name}*.log"))

    def close(self) -> None:
        """Stop what still runs, and remove what it left."""
        self.kill_all()
        self._guardian.communicate(timeout=_PATIENCE)
        shutil.rmtree(self.home, ignore_errors=True)


def wait_for(condition: Callable[[], object], what: str, seconds: float = _PATIENCE, pause: float = 0.05) -> float:
    """Wait until a condition holds; how long it took, in seconds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + seconds, f"waited {seconds:.0f} s in vain for {what}"
        time.sleep(pause)
    return time.monotonic() - began


def send(number: signal.Signals, victims: Sequence[psutil.Process]) -> None:
    """Send a signal to those that still live."""
    for victim in victims:
        with suppress(psutil.Error):
            victim.send_signal(number)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
