"""``manage.py sweeper``: the process that puts right what fell by the way."""

from __future__ import annotations

import signal
import threading
from typing import Any

import structlog
from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, close_old_connections, connection

from analysis.processing.sweep import sweep, tidy
from analysis.routing.watch import Watch
from perf import tunables
from perf.periodic import run_due
from perf.resources import memory

_TIDY_EVERY = 60
_log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Sweeps every few seconds."""

    # The others look at pages, which this process never serves, and would load them.
    requires_system_checks = [Tags.database, Tags.caches]
    help = "Free lost leases, hint again, end what is done, clear what is old; every few seconds until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--once", action="store_true", help="one round, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM."""
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        if options["once"]:
            self._round(tidying=True)
            return
        tunables.follow()
        watch = Watch()
        watch.start()
        memory.watch("sweeper", stopped.set)
        rounds = 0
        while not stopped.is_set():
            self._round(tidying=rounds % _TIDY_EVERY == 0)
            rounds += 1
            if stopped.wait(settings.SWEEP_SECONDS):
                break
        watch.stopped.set()

    def _round(self, *, tidying: bool) -> None:
        close_old_connections()
        try:
            sweep()
            if tidying:
                tidy()
            run_due()
        except Error as error:
            _log.warning("sweep_failed", error=type(error).__name__)
            connection.close()
