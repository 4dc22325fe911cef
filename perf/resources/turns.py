"""Processes that are to be renewed take turns, so that never all of a kind are away at once."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path


class Turn:
    """One holder on this machine, who keeps it until its process is gone; the next follows after a pause (seconds)."""

    def __init__(self, path: Path, pause: float) -> None:
        self._path, self._pause = path, pause
        self._file: int | None = None

    def take(self) -> bool:
        """Whether the turn is ours from now on. A folder that cannot be written to holds up nobody."""
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return True
        if not self._is_free(file):
            os.close(file)
            return False
        os.pwrite(file, f"{time.time():020.3f}".encode(), 0)
        self._file = file
        return True

    def _is_free(self, file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        last = float(os.pread(file, 32, 0) or 0)
        return not 0 <= time.time() - last < self._pause
