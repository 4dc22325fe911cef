"""What the machine should be set to. The same figures are in ``deploy/sysctl`` and ``deploy/udev``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from perf.resources.doctor.findings import Reading, Rule, Severity, at_least, at_most, on_off, one_of, percent, size
from perf.resources.doctor.host_readings import read_host
from perf.resources.doctor.registry import register

_SYSCTL = "sudo cp deploy/sysctl/90-fibercomments.conf /etc/sysctl.d/ && sudo sysctl --system"
_UDEV = "sudo cp deploy/udev/60-fibercomments.rules /etc/udev/rules.d/ && sudo udevadm trigger --subsystem-match=block"
_HUGE = "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled"
_GOVERNOR = "sudo cpupower frequency-set --governor performance"
_SCHEDULERS = ("mq-deadline", "deadline", "none")


def _read_ahead(reading: Reading) -> str:
    return f"{_UDEV}\nsudo blockdev --setra 256 /dev/{reading['disk']}"


RULES = (
    Rule("memory_limit", "≥ 2 GB", at_least(1.9 * 1024**3),
         _("Two workers, two web processes, PostgreSQL and Redis together need about 1.5 GB."),
         "More memory, or a higher limit: MemoryMax= of the unit, mem_limit in compose.yaml",
         name=_("memory that may be used"), show=size),
    Rule("memory_taken", "< 80 %", lambda value, _reading: value < 0.8,
         _("From 80 % on caches are emptied and grown processes renewed; at 100 % the kernel ends one."),
         "ps -eo rss,comm --sort=-rss | head", name=_("memory taken"), show=percent),
    Rule("swap_taken", "≤ 10 %", at_most(0.1),
         _("What was swapped out comes back a thousand times slower than memory."),
         "free -m; vmstat 1 5", name=_("swap taken"), show=percent),
    Rule("vm.swappiness", "≤ 10", at_most(10),
         _("The kernel should give up cached files before it swaps out the database and the workers."), _SYSCTL),
    Rule("vm.overcommit_memory", "0, 1", one_of(0, 1),
         _("With 2 a fork of Redis, or a model mapped into memory, is refused although memory is free."), _SYSCTL),
    Rule("huge_pages", "madvise, never", one_of("madvise", "never"),
         _("With “always” Redis and PostgreSQL pause while the kernel puts large pages together."), _HUGE,
         name="transparent_hugepage"),
    Rule("net.core.somaxconn", "≥ 1024", at_least(1024),
         _("Gunicorn lets 1,024 connections wait; the kernel cuts that to this figure and refuses the rest."), _SYSCTL),
    Rule("net.ipv4.tcp_keepalive_time", "≤ 600", at_most(600),
         _("A peer that vanished without a word keeps its connection, and its place in the pool, for so many seconds."),
         _SYSCTL),
    Rule("open_files", "≥ 4096", at_least(4096),
         _("Each connection is an open file; when they run out, nobody gets in."),
         "LimitNOFILE=65536 in the unit; for a shell: ulimit -n 65536", name="ulimit -n"),
    Rule("processors", "≥ 1", at_least(1),
         _("With less than one processor's time the heartbeats of workers come late, and their leases are lost."),
         "CPUQuota= of the unit, cpus in compose.yaml", Severity.BAD, name=_("processors"), show=lambda n: f"{n:g}"),
    Rule("governor", "performance", one_of("performance"),
         _("A processor that is clocked down between two requests answers the next one late."), _GOVERNOR,
         name="scaling_governor"),
    Rule("disk_scheduler", "mq-deadline, none", one_of(*_SCHEDULERS),
         _("Other schedulers let a long write hold up the short reads of the database."), _UDEV,
         name=_("disk scheduler")),
    Rule("read_ahead_kb", "128 kB (256 × 512 B)", lambda value, _reading: 64 <= value <= 256,
         _("Reading far ahead fills memory with blocks that nobody asked for; too little makes scans of tables slow."),
         _read_ahead, name=_("read-ahead"), show=lambda kb: f"{kb} kB"),
    Rule("clock_synchronised", "on", one_of(True),
         _("Times in logs, tokens and certificates are right only while the clock is."),
         "sudo timedatectl set-ntp true", name=_("clock kept by NTP"), show=on_off),
)  # fmt: skip

register("host", _("This machine"), RULES, read_host)
