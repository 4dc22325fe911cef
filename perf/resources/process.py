"""A process's place on its machine: which processors, before or after whom, and who goes first when memory is out.

Each function does what is permitted and says whether it did; the rest is for the service manager. Plain Python.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import psutil


def give_way(niceness: int) -> bool:
    """Run after everybody with a lower niceness (0 to 19). Never goes back to a lower one, which needs rights."""
    process = psutil.Process()
    if process.nice() >= niceness:
        return True
    try:
        process.nice(niceness)
    except (psutil.Error, OSError):
        return False
    return True


def stay_on(cores: Collection[int]) -> bool:
    """Keep to these processors; call it before other threads are started. With none named nothing changes."""
    process = psutil.Process()
    if not cores or not hasattr(process, "cpu_affinity"):
        return not cores
    try:
        process.cpu_affinity(sorted(cores))
    except (psutil.Error, OSError, ValueError):
        return False
    return True


def be_spared(adjustment: int, pid: int | str = "self") -> bool:
    """Tell Linux's out-of-memory killer to look elsewhere first (-1000 to 1000; below 0 needs rights)."""
    try:
        Path(f"/proc/{pid}/oom_score_adj").write_text(str(adjustment))
    except OSError:
        return False
    return True


def cores_of(text: str) -> frozenset[int]:
    """The processors that a list such as ``0-3,6`` names; ValueError for anything else."""
    cores: set[int] = set()
    for part in filter(None, (each.strip() for each in text.split(","))):
        first, _dash, last = part.partition("-")
        cores.update(range(int(first), int(last or first) + 1))
    return frozenset(cores)
