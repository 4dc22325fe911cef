"""``manage.py worker --slot N``: a worker process."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandParser

from analysis.processing.hints import QUEUES
from analysis.processing.worker import run_worker
from perf import tunables
from perf.resources import process


class Command(BaseCommand):
    """Works on the queues until it is told to stop."""

    # The others look at pages, which this process never serves, and would load them.
    requires_system_checks = [Tags.database, Tags.caches]
    help = "Work on the queues until stopped; a slot names the place of this process on its host."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--slot", default="1", help="place of this worker on this host, such as 1 or 2")
        parser.add_argument("--queues", nargs="+", choices=QUEUES, default=list(QUEUES), help="in order of priority")
        parser.add_argument("--burst", action="store_true", help="stop when the queues are empty")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until stopped, after the pages when the processor is short."""
        process.give_way(settings.WORKER_NICE)
        process.stay_on(settings.WORKER_CORES)
        tunables.follow()
        run_worker(slot=options["slot"], queues=options["queues"], burst=options["burst"])
