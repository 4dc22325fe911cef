"""One stage for all drills of a run; when a drill fails, the logs of all its processes are shown."""

from __future__ import annotations

import fcntl
import json
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.drills.judge import TRAIL
from tests.drills.stage import Stage

_LOCK = Path(tempfile.gettempdir()) / "fibercomments-drills.lock"


@pytest.fixture(scope="session")
def servers() -> Iterator[Stage]:
    """Private servers with the product's tables, and a trail of what is written to them."""
    stage = Stage()
    try:
        stage.start_servers()
        stage.run("manage.py", "migrate", "--verbosity", "0")
        stage.run("manage.py", "collectstatic", "--no-input", "--verbosity", "0")
        stage.account = json.loads(stage.run("tests/drills/seed.py", "account"))
        stage.ask(TRAIL)
        yield stage
    finally:
        stage.close()


@pytest.fixture
def stage(servers: Stage, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The stage, with its servers running; no two drills of a parallel run disturb each other."""
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        servers.start_servers()
        request.node.stash[_STAGE] = servers
        yield servers


_STAGE = pytest.StashKey[Stage]()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Add the logs to the report of a failed drill."""
    report = (yield).get_result()
    stage = item.stash.get(_STAGE, None)
    if stage is None or report.when != "call":
        return
    report.sections.append(("figures of the drill", "\n".join(stage.figures)))
    stage.figures.clear()
    if report.failed:
        report.sections.append(("logs of the drill", stage.report()))
