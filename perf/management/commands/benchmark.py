"""``manage.py benchmark [name ...]``: measures, prints, keeps and compares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser

from perf.benchmarks.registry import (
    Benchmark,
    BenchmarkRefusedError,
    Options,
    UnknownBenchmarkError,
    all_benchmarks,
    find,
)
from perf.benchmarks.report import as_json, as_table
from perf.benchmarks.runner import run
from perf.models import BenchmarkRun


class Command(BaseCommand):
    """Runs benchmarks on the real database, Redis and workers."""

    help = "Measure the speed of the product on this machine, and compare it with the last run."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("names", nargs="*", metavar="name", help="which ones; all of them when none is named")
        parser.add_argument("--list", action="store_true", help="say which there are, and run none")
        parser.add_argument("--rows", type=int, help="size of the data (each benchmark has a size of its own)")
        parser.add_argument("--workers", type=int, default=2, help="worker processes, where there are any (2)")
        parser.add_argument("--repeats", type=int, help="measurements of each (each benchmark has its own number)")
        parser.add_argument("--json", metavar="FILE", type=Path, help="write the runs as JSON too; - for stdout alone")
        parser.add_argument("--fail-if-worse", action="store_true", help="exit 1 when a figure got worse beyond noise")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run what was named, in that order."""
        if options["list"]:
            for each in all_benchmarks():
                self.stdout.write(f"{each.name:<20} {each.summary}")
            return
        runs = [self._run(each, options) for each in _chosen(options["names"])]
        if options["json"]:
            self._write(options["json"], runs)
        worse = [each.name for each in runs if any(c["verdict"] == "worse" for c in each.changes.values())]
        if worse and options["fail_if_worse"]:
            raise CommandError(f"Worse than the last run: {', '.join(worse)}")

    def _run(self, benchmark: Benchmark, options: dict[str, Any]) -> BenchmarkRun:
        chosen = Options(rows=options["rows"], workers=options["workers"])
        try:
            done = run(benchmark, chosen, repeats=options["repeats"], tell=self._tell)
        except BenchmarkRefusedError as error:
            raise CommandError(str(error)) from error
        if options["json"] != Path("-"):
            self.stdout.write(as_table(done) + "\n")
        return done

    def _tell(self, line: str) -> None:
        if self.stderr.isatty():
            self.stderr.write(line)

    def _write(self, target: Path, runs: list[BenchmarkRun]) -> None:
        content = orjson.dumps([as_json(each) for each in runs], option=orjson.OPT_INDENT_2)
        if target == Path("-"):
            self.stdout.write(content.decode())
        else:
            target.write_bytes(content)


def _chosen(names: list[str]) -> list[Benchmark]:
    try:
        return [find(name) for name in names] or all_benchmarks()
    except UnknownBenchmarkError as error:
        raise CommandError(str(error)) from error
