"""The facts about the machine without which a figure says nothing, and how busy it was with other things."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from statistics import median
from typing import Any

import django
import psutil
from django.db import connection

#: Runs are compared only where these are equal.
IDENTITY = ("processor", "cores", "memory_mb", "python", "postgresql")
#: From this share of waiting on, the machine was busy with other things and times say little.
BUSY = 0.10
_SPINS, _TURNS = 15, 40_000


def facts() -> dict[str, Any]:
    """Processor, cores this process may use, memory, versions, and how busy the machine was at the start."""
    return {
        "processor": _processor(),
        "cores": cores(),
        "memory_mb": round(psutil.virtual_memory().total / 1e6),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "django": django.get_version(),
        "postgresql": _postgresql(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def cores() -> int:
    """Cores that this process may use."""
    return len(psutil.Process().cpu_affinity() or []) or os.cpu_count() or 1


def same_machine(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether figures from both may be compared."""
    return all(one.get(name) == other.get(name) for name in IDENTITY)


def spin() -> tuple[float, float]:
    """A piece of work that is always the same: its milliseconds (median), and the share of the time it had to wait.

    It takes longer where the processor is slower than usual; it waits where others want the core too.
    """
    whole, worked = list[float](), list[float]()
    for _ in range(_SPINS):
        started, before = time.perf_counter(), time.process_time()
        sum(number * number for number in range(_TURNS))
        worked.append(time.process_time() - before)
        whole.append(time.perf_counter() - started)
    waited = max(0.0, 1 - sum(worked) / sum(whole))
    return median(whole) * 1000, waited


def spun(before: tuple[float, float], after: tuple[float, float]) -> dict[str, float]:
    """What a run says of its machine, by the spin before and after it."""
    return {"spin_ms": round((before[0] + after[0]) / 2, 3), "waited": round(max(before[1], after[1]), 3)}


def is_busy(machine: dict[str, Any]) -> bool:
    """Whether others took a share of the machine while the run was made."""
    return bool(machine.get("waited", 0.0) > BUSY)


def spin_ratio(before: dict[str, Any], after: dict[str, Any]) -> float:
    """How much longer the same work took beside ``after``; 1 where one of them did not tell."""
    one, other = before.get("spin_ms"), after.get("spin_ms")
    return other / one if one and other else 1.0


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _postgresql() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])
