"""What PostgreSQL should be set to, for work that must not be lost and pages that must not wait."""

from __future__ import annotations

from typing import Any

import psutil
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from perf.resources.doctor.findings import Reading, Rule, Severity, at_least, at_most, on_off, one_of, percent, size
from perf.resources.doctor.registry import register

MB, GB = 1024**2, 1024**3
_BYTES = {"B": 1, "kB": 1024, "8kB": 8192, "MB": MB, "16MB": 16 * MB}
_SIZES = ("shared_buffers", "effective_cache_size", "work_mem", "maintenance_work_mem", "max_wal_size")
_NUMBERS = ("max_connections", "random_page_cost", "checkpoint_timeout", "checkpoint_completion_target")
_SWITCHES = ("autovacuum", "jit", "fsync", "full_page_writes", "data_checksums", "track_io_timing")
_TEXTS = ("synchronous_commit", "shared_preload_libraries")


def read_postgres() -> dict[str, Any]:
    """By the keys of the rules; sizes in bytes, times in seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting, unit FROM pg_settings")
        found = {name: (setting, unit) for name, setting, unit in cursor.fetchall()}
        cursor.execute("SELECT clock_timestamp(), count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
        now, connections = cursor.fetchone()
    values: dict[str, Any] = {name: int(found[name][0]) * _BYTES[found[name][1] or "B"] for name in _SIZES}
    values |= {name: float(found[name][0]) for name in _NUMBERS}
    values |= {name: found[name][0] == "on" for name in _SWITCHES if name in found}
    values |= {name: found[name][0] for name in _TEXTS}
    return values | {
        "version": int(found["server_version_num"][0]) // 10_000,
        "statements": "pg_stat_statements" in found["shared_preload_libraries"][0],
        "taken": connections / float(found["max_connections"][0]),
        "clock": abs((timezone.now() - now).total_seconds()),
        "memory": psutil.virtual_memory().total,
        "limits": settings.DB_STATEMENT_TIMEOUT_MS > 0 and settings.DB_LOCK_TIMEOUT_MS > 0,
    }


def _set(name: str, value: str, then: str = "SELECT pg_reload_conf();") -> str:
    return f"ALTER SYSTEM SET {name} = '{value}'; {then}"


def _restart(name: str, value: str) -> str:
    return _set(name, value, "-- then: sudo systemctl restart postgresql")


def _quarter(reading: Reading) -> str:
    return _restart("shared_buffers", f"{_fair_share(reading, 4)}MB")


def _half(reading: Reading) -> str:
    return _set("effective_cache_size", f"{_fair_share(reading, 2)}MB")


def _fair_share(reading: Reading, part: int) -> int:
    return int(reading["memory"] / part / MB / 128) * 128


RULES = (
    Rule("version", "≥ 15", at_least(15),
         _("Older ones lack what constraints and reports here are made of; tested with 18."),
         "pg_upgrade, or deploy/backup and deploy/restore into a newer server", Severity.BAD),
    Rule("fsync", "on", one_of(True),
         _("Without it a power cut leaves a database that cannot be read."), _set("fsync", "on"), Severity.BAD,
         show=on_off),
    Rule("full_page_writes", "on", one_of(True),
         _("Without it a power cut leaves pages that are half old and half new."), _set("full_page_writes", "on"),
         Severity.BAD, show=on_off),
    Rule("synchronous_commit", "on, local, remote_…", lambda value, _reading: value != "off",
         _("With off, a crash loses work that was acknowledged: uploads and results that were promised to be kept."),
         _set("synchronous_commit", "on"), Severity.BAD),
    Rule("autovacuum", "on", one_of(True),
         _("Every result that is written again leaves a dead row; uncleared, tables grow and plans go wrong."),
         _set("autovacuum", "on"), Severity.BAD, show=on_off),
    Rule("shared_buffers", "128 MB … ½ RAM; ¼ RAM",
         lambda value, reading: min(128 * MB, reading["memory"] // 8) <= value <= reading["memory"] / 2,
         _("The database's own cache: a quarter of its machine's memory serves best, more than half starves the rest."),
         _quarter, show=size),
    Rule("effective_cache_size", "≥ ¼ RAM", lambda value, reading: value >= min(GB, reading["memory"] / 4),
         _("Tells the planner how much of the tables is in memory; too low, and it passes indexes over."),
         _half, show=size),
    Rule("work_mem", "4 … 64 MB", lambda value, _reading: 4 * MB <= value <= 64 * MB,
         _("Memory of one sort or hash: below it goes to disk, above many at once fill the machine."),
         _set("work_mem", "16MB"), show=size),
    Rule("maintenance_work_mem", "≥ 64 MB", at_least(64 * MB),
         _("What building an index and clearing dead rows may use."), _set("maintenance_work_mem", "128MB"), show=size),
    Rule("taken", "< 80 %", lambda value, _reading: value < 0.8,
         _("When all connections are taken, whoever comes next is turned away."),
         "SELECT application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC;",
         name=_("connections in use"), show=percent),
    Rule("random_page_cost", "≤ 1.5", at_most(1.5),
         _("The figure for spinning disks makes the planner avoid indexes that a solid-state disk reads at once."),
         _set("random_page_cost", "1.1"), show=lambda value: f"{value:g}"),
    Rule("checkpoint_timeout", "≥ 300 s", at_least(300),
         _("A checkpoint writes everything that changed; the more often, the slower every import."),
         _set("checkpoint_timeout", "15min"), show=lambda value: f"{value:g} s"),
    Rule("checkpoint_completion_target", "≥ 0.8", at_least(0.8),
         _("Spreads a checkpoint's writes, so that pages do not wait behind them."),
         _set("checkpoint_completion_target", "0.9"), show=lambda value: f"{value:g}"),
    Rule("max_wal_size", "≥ 1 GB", at_least(GB),
         _("A large import fills a smaller log within seconds, and each time a checkpoint is forced."),
         _set("max_wal_size", "2GB"), show=size),
    Rule("jit", "off", one_of(False),
         _("Compiling a query takes longer than the short queries of pages take in all."), _set("jit", "off"),
         show=on_off),
    Rule("limits", "on", one_of(True),
         _("A query of a page that runs or waits without end holds a thread and a connection for as long."),
         "DB_STATEMENT_TIMEOUT_MS=60000 DB_LOCK_TIMEOUT_MS=2000", Severity.BAD, show=on_off,
         name="statement_timeout, lock_timeout"),
    Rule("statements", "on", one_of(True),
         _("Keeps count of every statement's time, which the adviser of queries reads."),
         _restart("shared_preload_libraries", "pg_stat_statements"), show=on_off, name="pg_stat_statements"),
    Rule("data_checksums", "on", one_of(True),
         _("A disk that returns wrong bytes is noticed at once, and not in a back-up that is wrong as well."),
         "pg_checksums --enable --pgdata=DIRECTORY   # with the server stopped", show=on_off),
    Rule("clock", "≤ 1 s", at_most(1.0),
         _("Leases run by the database's clock and pages show this machine's; they should be the same time."),
         "sudo timedatectl set-ntp true   # on both machines", show=lambda value: f"{value:.2f} s",
         name=_("clock against this machine's")),
)  # fmt: skip

register("postgresql", "PostgreSQL", RULES, read_postgres)
