"""A process gives way, stays on its processors and is spared, where that is permitted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from fibercomments.servers.places import PROJECT
from perf.resources.process import be_spared, cores_of


def run(script: str) -> str:
    command = [sys.executable, "-c", f"import psutil; from perf.resources.process import *; {script}"]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.strip()


def test_a_process_gives_way_and_never_pushes_forward_again() -> None:
    assert run("give_way(10); give_way(3); print(psutil.Process().nice())") == str(max(10, psutil.Process().nice()))


def test_a_process_stays_on_the_processors_that_are_named() -> None:
    core = min(os.sched_getaffinity(0))
    assert run(f"print(stay_on({{{core}}}), psutil.Process().cpu_affinity())") == f"True [{core}]"
    assert run("print(stay_on(()), len(psutil.Process().cpu_affinity()))") == f"True {len(os.sched_getaffinity(0))}"
    assert run("print(stay_on({100_000}))") == "False"


def test_anybody_may_offer_to_go_first() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert be_spared(700, process.pid)
        assert Path(f"/proc/{process.pid}/oom_score_adj").read_text().strip() == "700"
        process.communicate(b"\n")
    assert not be_spared(-500, process.pid), "it is gone"


def test_lists_of_processors_are_read_as_linux_writes_them() -> None:
    assert cores_of("0-2, 5") == {0, 1, 2, 5}
    assert cores_of("") == frozenset()
    with pytest.raises(ValueError, match="invalid literal"):
        cores_of("all")
