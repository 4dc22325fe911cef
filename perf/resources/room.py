"""How much memory there is and how much of it is taken: on the machine, or in the control group that holds less.

Control groups of both versions are read, up to the root, since a group above may be the tightest. Memory that the
kernel can take back at once (cached files nobody read lately) does not count as taken.
Source: the kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

MACHINE = "machine"
_ROOT = Path("/")


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes; ``place`` is the folder of the group that sets the limit, or ``MACHINE``."""

    limit: int
    taken: int
    place: str = MACHINE

    @property
    def share(self) -> float:
        """Part that is taken, 0 to 1."""
        return self.taken / self.limit if self.limit else 0.0


@dataclass(frozen=True, slots=True)
class _Version:
    folder: str
    limit: str
    taken: str
    reclaimable: str


_V1 = _Version("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_V2 = _Version("", "memory.max", "memory.current", "inactive_file")


def room(root: Path = _ROOT) -> Room:
    """The tightest of the machine and the groups this process is in; ``root`` is for tests."""
    memory = psutil.virtual_memory()
    machine = Room(memory.total, memory.total - memory.available)
    groups = (group for group in group_rooms(root) if group.limit < memory.total)
    return max((machine, *groups), key=lambda each: each.share)


def group_rooms(root: Path = _ROOT) -> Iterator[Room]:
    """The room of each control group above this process that has a limit."""
    with suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            _number, controllers, path = line.split(":", 2)
            if not controllers:
                yield from _rooms(root / "sys/fs/cgroup", path, _V2)
            elif "memory" in controllers.split(","):
                yield from _rooms(root / "sys/fs/cgroup", path, _V1)


def _rooms(mount: Path, path: str, version: _Version) -> Iterator[Room]:
    """From the process's group up to the root; within a container only the root of it may be there to be seen."""
    base = mount / version.folder
    folder = base / path.strip("/")
    while True:
        with suppress(OSError, ValueError):
            yield _room(folder, version)
        if folder == base or base not in folder.parents:
            return
        folder = folder.parent


def _room(folder: Path, version: _Version) -> Room:
    """OSError where there is no such group, ValueError where it has no limit ("max")."""
    limit = int((folder / version.limit).read_text())
    taken = int((folder / version.taken).read_text())
    return Room(limit, max(0, taken - _reclaimable(folder, version)), str(folder))


def _reclaimable(folder: Path, version: _Version) -> int:
    for line in (folder / "memory.stat").read_text().splitlines():
        name, _space, value = line.partition(" ")
        if name == version.reclaimable:
            return int(value)
    return 0
