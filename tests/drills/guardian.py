"""Ends everything that a drill started, however the drill itself ended.

    python -m tests.drills.guardian HOME

waits for the end of its standard input, which comes when the process that runs the drills closes it or dies.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from fibercomments.servers.places import Places
from fibercomments.servers.postgres import Postgres
from fibercomments.servers.valkey import Valkey

MARK = "DRILL_HOME"
NOBODY = 2**31 - 2  # the number of no process


def processes(home: Path) -> list[psutil.Process]:
    """Those of the product that carry this home in their environment, and their children; not the servers."""
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == str(home) and process.pid != os.getpid():
                found |= {each.pid: each for each in (process, *process.children(recursive=True))}
    return list(found.values())


def servers(home: Path) -> tuple[Postgres, Valkey, Valkey]:
    """PostgreSQL, the queue's Valkey and the cache's."""
    return Postgres(Places(home / "p")), Valkey(Places(home / "q")), Valkey(Places(home / "c"))


def kill_all(home: Path) -> None:
    """As if power failed: the product first, lest it starts again what dies."""
    doomed = processes(home)
    for server in servers(home):
        with suppress(psutil.Error):
            process = psutil.Process(server.pid or NOBODY)
            doomed += [process, *process.children(recursive=True)]
    for process in doomed:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(doomed, timeout=10)


def main() -> None:
    """Wait, and clean up."""
    home = Path(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdin.read()
    kill_all(home)
    shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
