"""``manage.py doctor``: what is set on this machine and its servers, and what should be."""

from __future__ import annotations

import sys
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandParser, no_translations

from perf.resources.doctor.findings import Severity
from perf.resources.doctor.registry import examine, tally
from perf.resources.doctor.report import as_json, as_table


class Command(BaseCommand):
    """Looks and changes nothing."""

    help = (
        "Check the settings of this machine, PostgreSQL, Redis, gunicorn, the workers and the product. 1 if one is bad."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="as JSON")
        parser.add_argument("--all", action="store_true", help="say why also of what is as it should be")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        """Print the report; exit with 1 when something is bad."""
        sections = examine()
        if options["json"]:
            self.stdout.write(orjson.dumps(as_json(sections), option=orjson.OPT_INDENT_2).decode())
        else:
            self.stdout.write(as_table(sections, everything=options["all"]))
        if tally(sections)[Severity.BAD]:
            sys.exit(1)
