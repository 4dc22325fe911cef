"""File locks. The kernel drops them when their holder dies, so that none is ever stale."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait until nobody else holds the lock, and hold it."""
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class SharedLock:
    """A lock that many processes hold at once, and that knows when it is held by one alone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._holder = 0

    @property
    def is_held(self) -> bool:
        """Whether this process took the lock; a forked child of it did not."""
        return self._descriptor is not None and self._holder == os.getpid()

    def take(self) -> None:
        """Hold the lock together with whoever else does."""
        if not self.is_held:
            self._descriptor, self._holder = _open(self._path), os.getpid()
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def is_used(self) -> bool:
        """Whether any process, this one included, holds the lock."""
        descriptor = _open(self._path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def drop(self) -> None:
        """Stop holding the lock."""
        if self.is_held and self._descriptor is not None:
            with suppress(OSError):
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            os.close(self._descriptor)
            self._descriptor = None


class SoleLock:
    """A lock that one process holds, in a file that says who: `note()` reads what the holder wrote."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Hold the lock if nobody else does; False otherwise."""
        descriptor = _open(self._path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        self.write("")
        return True

    def write(self, text: str) -> None:
        """Leave a note for those who find the lock taken."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, text.encode(), 0)

    def note(self) -> str:
        """What the holder wrote."""
        return self._path.read_text() if self._path.exists() else ""

    def drop(self) -> None:
        """Stop holding the lock."""
        if self._descriptor is not None:
            self.write("")
            os.close(self._descriptor)
            self._descriptor = None


def _open(path: Path) -> int:
    """Open a lock file; the descriptor is not inherited by programs that we start."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
