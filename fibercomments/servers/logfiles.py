"""Log files of programs that write them by themselves."""

from __future__ import annotations

import os
from pathlib import Path

LONGEST_TAIL = 20_000  # bytes


def tail(log: Path, lines: int = 12, since: int = 0) -> str:
    """The last lines of a log, of what was written after the byte `since`."""
    try:
        with log.open("rb") as file:
            file.seek(max(since, file.seek(0, os.SEEK_END) - LONGEST_TAIL))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(there is no log)"


def keep_short(log: Path, limit: int = 5_000_000) -> None:
    """Put a log aside, over the one put aside before it, when it is longer than `limit` bytes."""
    if log.exists() and log.stat().st_size > limit:
        log.replace(log.with_suffix(".log.1"))
