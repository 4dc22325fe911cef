"""Looks at this machine; what may not be looked at, or is not there, is None. Linux; elsewhere most is None."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings

from perf.resources.room import group_rooms, room

_SYSCTL = ("vm.swappiness", "vm.overcommit_memory", "net.core.somaxconn", "net.ipv4.tcp_keepalive_time")
_PATIENCE = 3  # seconds for a program of the system


def read_host(root: Path = Path("/")) -> dict[str, Any]:
    """By the keys of the rules in ``host``."""
    proc, system = root / "proc", root / "sys"
    memory = room()
    sysctl = {name: _number(proc / "sys" / name.replace(".", "/")) for name in _SYSCTL}
    return sysctl | _disk(system) | {
        "huge_pages": _chosen(system / "kernel/mm/transparent_hugepage/enabled"),
        "open_files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        "governor": _text(system / "devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "memory_taken": memory.share,
        "memory_limit": min(psutil.virtual_memory().total, *(each.limit for each in group_rooms())),
        "swap_taken": _swap(),
        "cores": _cores(),
        "processors": _quota(system / "fs/cgroup"),
        "clock_synchronised": _synchronised(),
    }  # fmt: skip


def _text(path: Path) -> str | None:
    with contextlib.suppress(OSError):
        return path.read_text().strip()
    return None


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text and text.isdigit() else None


def _chosen(path: Path) -> str | None:
    """The word in brackets: ``always [madvise] never``."""
    text = _text(path)
    return text.partition("[")[2].partition("]")[0] or text if text else None


def _disk(system: Path) -> dict[str, Any]:
    """Of the disk that holds STATE_DIR; a file system without one (overlay, network) has neither."""
    device = _device(system)
    queue = device / "queue" if device else None
    return {
        "disk": device.name if device else None,
        "disk_scheduler": _chosen(queue / "scheduler") if queue else None,
        "read_ahead_kb": _number(queue / "read_ahead_kb") if queue else None,
    }


def _device(system: Path) -> Path | None:
    """The folder of the whole disk, also when STATE_DIR is on one of its partitions."""
    with contextlib.suppress(OSError):
        number = os.stat(settings.STATE_DIR).st_dev
        folder = (system / f"dev/block/{os.major(number)}:{os.minor(number)}").resolve(strict=True)
        for each in (folder, folder.parent):
            if (each / "queue").is_dir():
                return each
    return None


def _swap() -> float | None:
    with contextlib.suppress(OSError, RuntimeError):
        return psutil.swap_memory().percent / 100
    return None


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _quota(groups: Path) -> float:
    """Processors' worth of time that this process's machine or container has."""
    text = _text(groups / "cpu.max") or ""
    quota, _space, period = text.partition(" ")
    if not quota.isdigit():
        quota, period = (_text(groups / "cpu" / f"cpu.cfs_{name}_us") or "" for name in ("quota", "period"))
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() else float(_cores())


def _synchronised() -> bool | None:
    program = shutil.which("timedatectl")
    if program is None:
        return None
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(  # noqa: S603 -- the system's own program, without input
            [program, "show", "--property=NTPSynchronized", "--value"], capture_output=True, text=True, check=True,
            timeout=_PATIENCE,
        )  # fmt: skip
        return done.stdout.strip() == "yes"
    return None
