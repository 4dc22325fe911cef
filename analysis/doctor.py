"""What the doctor looks at in the domain: whether somebody works, in the right number, and whether labels come."""

from __future__ import annotations

import os
import socket
from typing import Any

import psutil
from django.conf import settings
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from analysis.models import Chunk, ChunkState, Worker
from analysis.processing.heartbeat import workers_alive
from analysis.routing.router import label_texts
from perf.resources.doctor.findings import Reading, Rule, Severity, at_least, at_most, one_of
from perf.resources.doctor.registry import register

_START = "sudo systemctl start fibercomments.target"
_ONE_MORE = "sudo systemctl enable --now fibercomments-worker@2"
_SENTENCE = "El internet anda muy lento desde ayer."


def read_workers() -> dict[str, Any]:
    """By the keys of the rules."""
    seen = (
        Worker.objects.order_by("-heartbeat_at")
        .annotate(now=Now())
        .values("name", "pid", "heartbeat_at", "rss_mb", "now")
    )
    workers = [row for row in seen if (row["now"] - row["heartbeat_at"]).total_seconds() < settings.WORKER_GONE_SECONDS]
    return {
        "alive": workers_alive(),
        "silence": (seen[0]["now"] - seen[0]["heartbeat_at"]).total_seconds() if seen else None,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "niceness": min(
            (nice for row in workers if (nice := _niceness(row["name"], row["pid"])) is not None), default=None
        ),
        "largest_mb": max((row["rss_mb"] for row in workers), default=None),
        "lost": Chunk.objects.filter(state=ChunkState.LEASED, lease_until__lt=Now()).count(),
        "labels": _labels(),
    }


def _niceness(name: str, pid: int) -> int | None:
    """Of a worker on this machine; others cannot be seen from here."""
    try:
        return int(psutil.Process(pid).nice()) if name.startswith(f"{socket.gethostname()}.") else None
    except psutil.Error:
        return None


def _labels() -> bool:
    try:
        return label_texts({"1": _SENTENCE}, engine="embedded")["1"].sentiment == "negative"
    except Exception:  # noqa: BLE001 -- whatever it was: no labels
        return False


def _in_proportion(value: int, reading: Reading) -> bool:
    return 1 <= value <= max(2, int(reading["cores"]) + 1)


RULES = (
    Rule("alive", "≥ 1", at_least(1),
         _("Without a worker files are taken in and nothing is labelled."), _START, Severity.BAD,
         name=_("workers alive")),
    Rule("silence", lambda _reading: f"≤ {settings.WORKER_GONE_SECONDS:g} s",
         lambda value, _reading: value <= settings.WORKER_GONE_SECONDS,
         _("The newest sign of life of any worker; one that is silent for longer counts as dead."),
         "journalctl -u 'fibercomments-worker@*' -n 50", name=_("last sign of life"),
         show=lambda value: f"{value:.1f} s"),
    Rule("slots", "1 … cores + 1", _in_proportion,
         _("One worker a core keeps the processor busy; more only take memory, and pages wait behind them."),
         _ONE_MORE, name=_("workers for the cores")),
    Rule("niceness", lambda _reading: f"≥ {settings.WORKER_NICE}",
         lambda value, _reading: value >= min(10, settings.WORKER_NICE),
         _("Pages come before analysis when the processor is short."), "WORKER_NICE=10, or Nice=10 in the unit",
         name=_("niceness of workers")),
    Rule("largest_mb", "≤ 1024 MB", at_most(1024),
         _("A grown worker is renewed after its job when memory is tight; a limit of its own does it earlier."),
         "MEMORY_PROCESS_MB=1024", name=_("largest worker"), show=lambda value: f"{value:.0f} MB"),
    Rule("lost", "0", at_most(0),
         _("Work of dead workers that nobody has freed yet: the sweeper does that every few seconds."),
         "sudo systemctl start fibercomments-sweeper", Severity.BAD, name=_("leases that have run out")),
    Rule("labels", "yes", one_of(True),
         _("A sentence is labelled now, as a check that the engine and its model load and can be trusted."),
         "deploy/manage evaluate; on the page Engine, go back to the version before", Severity.BAD,
         name=_("the engine labels"), show=lambda value: "yes" if value else "no"),
)  # fmt: skip


def _read() -> dict[str, Any]:
    reading = read_workers()
    return reading | {"slots": reading["alive"]}


register("workers", _("Workers"), RULES, _read)
