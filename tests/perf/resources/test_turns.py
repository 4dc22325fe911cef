"""Processes are renewed one at a time, with a pause between two."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fibercomments.servers.places import PROJECT
from perf.resources.turns import Turn

TAKE_AND_END = (
    "import sys, pathlib; from perf.resources.turns import Turn; sys.exit(not Turn(pathlib.Path({0!r}), 0).take())"
)


def test_a_turn_is_one_process_s_until_it_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "turn"
    mine = Turn(path, pause=0)
    assert mine.take()
    assert not Turn(path, pause=0).take()
    assert taken_elsewhere(path) is False


def test_the_turn_of_a_process_that_ended_is_free_and_the_next_one_waits_for_the_pause(tmp_path: Path) -> None:
    path = tmp_path / "turn"
    assert taken_elsewhere(path)
    assert not Turn(path, pause=60).take()
    assert Turn(path, pause=0).take()


def test_a_folder_that_cannot_be_written_to_holds_nobody_up(tmp_path: Path) -> None:
    assert Turn(tmp_path / "missing" / "turn", pause=60).take()


def taken_elsewhere(path: Path) -> bool:
    done = subprocess.run([sys.executable, "-c", TAKE_AND_END.format(str(path))], cwd=PROJECT, check=False)
    return done.returncode == 0
