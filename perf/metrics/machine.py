"""How loaded the machine is, or the share of it that this container may use."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import psutil

_CGROUP = Path("/sys/fs/cgroup")


def machine_load() -> tuple[float, float]:
    """Shares (0 to 1) of the machine's processor, since this process asked last, and of its memory that are in use."""
    return psutil.cpu_percent() / 100, memory_share()


def memory_share() -> float:
    """Share (0 to 1) of the memory in use: of the machine's, or of the limit of the container where that is tighter."""
    machine = psutil.virtual_memory()
    inside = container_memory()
    if inside is None or inside[1] >= machine.total:
        return float(machine.percent) / 100
    return max(inside[0] / inside[1], machine.percent / 100)


def container_memory(root: Path = _CGROUP) -> tuple[int, int] | None:
    """Bytes in use, without what can be dropped at once (files read), and the limit; None where there is no limit."""
    for used, limit, stat, dropped in (
        ("memory.current", "memory.max", "memory.stat", "inactive_file"),
        ("memory/memory.usage_in_bytes", "memory/memory.limit_in_bytes", "memory/memory.stat", "total_inactive_file"),
    ):
        try:
            most = (root / limit).read_text().strip()
            if most == "max":
                return None
            facts = dict(line.split() for line in (root / stat).read_text().splitlines())
            return max(0, int((root / used).read_text()) - int(facts.get(dropped, 0))), int(most)
        except (OSError, ValueError):
            continue
    return None


def load_a_core() -> float:
    """Processes that want a core, averaged over a minute, for each core that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return os.getloadavg()[0] / cores


def own_memory() -> int:
    """Bytes of memory that this process holds (resident set)."""
    return int(_process(os.getpid()).memory_info().rss)


@cache
def _process(pid: int) -> psutil.Process:
    return psutil.Process(pid)
