"""Processes that do the same work under other settings, and measure it themselves whenever they are told to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from analysis.benchmarks.caller import HOST, MANY

_PROGRAM = """
import sys, django
django.setup()
from analysis.benchmarks.layers.works import main
main(*sys.argv[1:])
"""
#: What a line begins with that holds figures; all other lines are somebody's log.
MARK = "figures "
Side = Callable[[], dict[str, float]]


@contextmanager
def side(work: str, environment: Mapping[str, str], **given: Any) -> Iterator[Side]:
    """A process of that kind of ``work`` (``analysis.benchmarks.layers.works``), ready to measure.

    Raises ``RuntimeError`` when it ends before it has told its figures.
    """
    own = {
        "DJANGO_SETTINGS_MODULE": "fibercomments.settings",
        "ALLOWED_HOSTS": HOST,
        "HTTPS": "0",
        "API_RATE_LIMIT": str(MANY),
        "API_ANALYZE_RATE_LIMIT": str(MANY),
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-c", _PROGRAM, work, json.dumps(given)]
    process = subprocess.Popen(  # noqa: S603
        command,
        env=os.environ | own | dict(environment),
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        _told(process)  # that it is ready
        yield lambda: _measured(process)
    finally:
        process.communicate()


def _measured(process: subprocess.Popen[str]) -> dict[str, float]:
    assert process.stdin is not None  # noqa: S101 -- a pipe was asked for
    process.stdin.write("go\n")
    process.stdin.flush()
    return _told(process)


def _told(process: subprocess.Popen[str]) -> dict[str, float]:
    assert process.stdout is not None  # noqa: S101 -- a pipe was asked for
    for line in process.stdout:
        if line.startswith(MARK):
            told: dict[str, float] = json.loads(line.removeprefix(MARK))
            return told
    raise RuntimeError("A side of the benchmark ended before it was done; measured nothing.")
