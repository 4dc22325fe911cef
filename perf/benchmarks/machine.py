"""The facts about the machine without which a figure says nothing."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import django
import psutil
from django.db import connection

#: Runs are compared only where these are equal.
IDENTITY = ("processor", "cores", "memory_mb", "python", "postgresql")


def facts() -> dict[str, Any]:
    """Processor, cores this process may use, memory, versions, and how busy the machine was at the start."""
    return {
        "processor": _processor(),
        "cores": len(psutil.Process().cpu_affinity() or []) or os.cpu_count(),
        "memory_mb": round(psutil.virtual_memory().total / 1e6),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "django": django.get_version(),
        "postgresql": _postgresql(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def same_machine(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether figures from both may be compared."""
    return all(one.get(name) == other.get(name) for name in IDENTITY)


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
