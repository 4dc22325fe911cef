"""What the doctor looks at in the wiring: gunicorn's configuration, and the safety and state of the installation."""

from __future__ import annotations

import logging
import os
import runpy
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import run_checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext_lazy as _

from analysis.processing.heartbeat import workers_alive
from perf.profiling.recording import share as recorded_share
from perf.resources.doctor import web
from perf.resources.doctor.findings import Rule, Severity, at_least, at_most, on_off, one_of, percent, size
from perf.resources.doctor.registry import register
from perf.tuning.connections import share

#: Connections of a worker (work, heartbeat, knobs), and those of the sweeper and of people with psql.
_OF_A_WORKER, _OF_OTHERS = 3, 3
_SECRET_CHARACTERS = 50
_ENVIRONMENT = "/etc/fibercomments/environment"
_FILE = f"in {_ENVIRONMENT}: "
_KEY = _FILE + "SECRET_KEY=$(python3 -c 'import secrets; print(secrets.token_urlsafe(50))')"


def read_gunicorn() -> dict[str, Any]:
    """The configuration as gunicorn would read it with this process's environment."""
    told = runpy.run_path(str(Path(__file__).with_name("gunicorn.conf.py")))
    workers = int(told["workers"])
    pool = share(workers)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('max_connections')::int")
        [most] = cursor.fetchone()
    names = ("workers", "threads", "preload_app", "keepalive", "timeout", "max_requests", "worker_tmp_dir")
    return {name: told[name] for name in names} | {
        "version": version("gunicorn"),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "pool": pool,
        "oom_score": _oom_score() if settings.PROCESS == "web" else None,
        "max_connections": most,
        "connections_needed": workers * pool + _OF_A_WORKER * max(1, workers_alive()) + _OF_OTHERS,
    }


def _oom_score() -> int | None:
    try:
        return int(Path("/proc/self/oom_score_adj").read_text())
    except OSError:
        return None


def read_product() -> dict[str, Any]:
    """By the keys of the rules; what is for installations only was not seen on one's own machine (None)."""
    disk = shutil.disk_usage(settings.STATE_DIR)
    executor = MigrationExecutor(connection)
    told = {
        "debug": settings.DEBUG,
        "environment": settings.ENVIRONMENT,
        "silk_sample": recorded_share(),
        "silk_bodies": max(settings.SILKY_MAX_REQUEST_BODY_SIZE, settings.SILKY_MAX_RESPONSE_BODY_SIZE),
        "silk_profiler": settings.SILKY_PYTHON_PROFILER or settings.SILKY_ANALYZE_QUERIES,
        "migrations": len(executor.migration_plan(executor.loader.graph.leaf_nodes())),
        "static": (Path(settings.STATIC_ROOT) / "staticfiles.json").exists()
        or any(Path(settings.STATIC_ROOT).glob("*")),
        "disk_free": disk.free / disk.total,
        "disk_free_bytes": disk.free,
        "log_level": logging.getLogger().level,
    }
    return told if settings.LOCAL else told | _of_an_installation()


def _of_an_installation() -> dict[str, Any]:
    return {
        "secret_key": len(settings.SECRET_KEY) if len(set(settings.SECRET_KEY)) > 4 else 0,
        "pseudonym_key": settings.PSEUDONYM_KEY != settings.SECRET_KEY,
        "https": settings.HTTPS and settings.SECURE_HSTS_SECONDS > 0,
        "any_host": "*" in settings.ALLOWED_HOSTS,
        "warnings": len(run_checks(include_deployment_checks=True)),
    }


RULES = (
    Rule("debug", "off", one_of(False),
         _("With DEBUG an error shows settings and statements to whoever caused it, and memory grows by the query."),
         _FILE + "DEBUG=0", Severity.BAD, name="DEBUG", show=on_off),
    Rule("environment", "production", one_of("production"),
         _("“local” allows the private servers and the demo account, which are for one's own machine."),
         _FILE + "ENVIRONMENT=production", name="ENVIRONMENT"),
    Rule("secret_key", f"≥ {_SECRET_CHARACTERS}", at_least(_SECRET_CHARACTERS),
         _("Whoever guesses it signs sessions in anybody's name."), _KEY, Severity.BAD, name=_("length of SECRET_KEY")),
    Rule("pseudonym_key", "on", one_of(True),
         _("With a key of its own for pseudonyms, SECRET_KEY can be changed without breaking them."),
         _FILE + "PSEUDONYM_KEY=", name=_("PSEUDONYM_KEY of its own"), show=on_off),
    Rule("https", "on", one_of(True),
         _("Without it passwords and comments can be read on the way."), _FILE + "HTTPS=1", Severity.BAD,
         name="HTTPS, HSTS", show=on_off),
    Rule("any_host", "off", one_of(False),
         _("With * a forged Host header ends up in links that the product makes."),
         _FILE + "ALLOWED_HOSTS=comments.example", Severity.BAD, name=_("any name in ALLOWED_HOSTS"), show=on_off),
    Rule("warnings", "0", at_most(0),
         _("What Django's own checks of a deployment find."), "deploy/manage check --deploy", name="check --deploy"),
    Rule("migrations", "0", at_most(0),
         _("Code that is newer than its tables fails at the first query that needs them."), "deploy/prepare",
         Severity.BAD, name=_("migrations to be applied")),
    Rule("static", "on", one_of(True),
         _("Pages without their style and scripts: the files were not collected after the upgrade."), "deploy/prepare",
         Severity.BAD, name=_("static files"), show=on_off),
    Rule("silk_sample", "≤ 5 %", at_most(5),
         _("Each recorded request takes several times the processor; a few per cent are enough to find slow ones."),
         "SILK_SAMPLE_PERCENT=0", name=_("requests that silk records"), show=lambda value: f"{value:g} %"),
    Rule("silk_bodies", "0", at_most(0),
         _("Bodies hold what customers wrote, and silk would keep them in clear."), "SILKY_MAX_…_BODY_SIZE = 0",
         Severity.BAD, name=_("bytes of bodies that silk keeps")),
    Rule("silk_profiler", "off", one_of(False),
         _("Asks PostgreSQL for a plan of every query, or Python for every call, while the visitor waits."),
         "SILKY_PYTHON_PROFILER = SILKY_ANALYZE_QUERIES = False", name=_("silk's profiler and plans"), show=on_off),
    Rule("disk_free", "≥ 10 %, ≥ 1 GB", lambda value, reading: value >= 0.1 and reading["disk_free_bytes"] >= 1024**3,
         _("Uploads, exports and the database's log need room; a full disk stops all three."),
         lambda reading: f"du -xsh {settings.STATE_DIR}/* | sort -h   # free: {size(reading['disk_free_bytes'])}",
         Severity.BAD, name=_("free disk under STATE_DIR"), show=percent),
    Rule("log_level", "INFO", at_least(logging.INFO),
         _("In detail libraries log what they send, and the log fills the disk."), _FILE + "LOG_LEVEL=INFO",
         name="LOG_LEVEL", show=lambda value: logging.getLevelName(value)),
)  # fmt: skip


register("gunicorn", "gunicorn", web.RULES, read_gunicorn)
register("product", _("The product"), RULES, read_product)
