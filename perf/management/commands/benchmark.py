"""``manage.py benchmark [name ...]``: measures, prints, keeps and compares."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from perf.benchmarks.page import report
from perf.benchmarks.references import NoReferenceError, Reference, named
from perf.benchmarks.registry import Benchmark, Options, UnknownBenchmarkError, all_benchmarks, find
from perf.benchmarks.report import as_table, to_json
from perf.benchmarks.suite import Outcome, run_all

STDOUT = Path("-")


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
        parser.add_argument("--quick", action="store_true", help="small sizes: all of them within minutes")
        parser.add_argument("--within", type=float, metavar="SECONDS", help="stop measuring when they are over")
        parser.add_argument(
            "--against", metavar="ID|FILE", help="compare with this run instead of the last one like it"
        )
        parser.add_argument("--json", metavar="FILE", type=Path, help="write the runs as JSON too; - for stdout alone")
        parser.add_argument("--html", metavar="FILE", type=Path, help="write a page with plots, to be opened from disk")
        parser.add_argument("--fail-if-worse", action="store_true", help="exit 1 when a figure got worse beyond noise")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run what was named, in that order; exit 1 where one failed or missed what is wanted of it."""
        if options["list"]:
            for each in all_benchmarks():
                self.stdout.write(f"{each.name:<20} {each.summary}")
            return
        chosen = _chosen(options["names"])
        self._quiet = options["json"] == STDOUT
        outcome = run_all(
            chosen,
            Options(rows=options["rows"], workers=options["workers"], quick=options["quick"]),
            repeats=options["repeats"],
            within=options["within"],
            against=_against(options["against"], chosen),
            tell=self._tell,
            done=lambda run: self._say(as_table(run) + "\n"),
        )
        self._write(outcome, options)
        faults = _faults(outcome, fail_if_worse=options["fail_if_worse"])
        if faults:
            raise CommandError("\n".join(faults))

    def _say(self, text: str) -> None:
        if not self._quiet:
            self.stdout.write(text)

    def _tell(self, line: str) -> None:
        if self.stderr.isatty():
            self.stderr.write(line)

    def _write(self, outcome: Outcome, options: dict[str, Any]) -> None:
        if options["json"] == STDOUT:
            self.stdout.write(to_json(outcome.runs).decode())
        elif options["json"]:
            _put(options["json"], to_json(outcome.runs))
        if options["html"]:
            page = report(outcome.runs, failed=outcome.failed, left_out=outcome.left_out)
            _put(options["html"], page.encode())
        written = [
            str(options[kind].resolve()) for kind in ("html", "json") if options[kind] and options[kind] != STDOUT
        ]
        if written:
            self._say(f"{len(outcome.runs)} benchmark(s) in {outcome.seconds:.0f} s; written: {', '.join(written)}")


def _put(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def _faults(outcome: Outcome, *, fail_if_worse: bool) -> list[str]:
    faults = [f"Not measured: {name}: {reason}" for name, reason in outcome.failed.items()]
    if outcome.left_out:
        faults.append(f"No time was left for: {', '.join(outcome.left_out)}")
    faults += [f"Target missed: {what}" for what in outcome.missed]
    if outcome.worse and fail_if_worse:
        faults.append(f"Worse than before: {', '.join(outcome.worse)}")
    return faults


def _chosen(names: list[str]) -> list[Benchmark]:
    try:
        return [find(name) for name in names] or all_benchmarks()
    except UnknownBenchmarkError as error:
        raise CommandError(str(error)) from error


def _against(what: str | None, chosen: list[Benchmark]) -> Callable[[str], Reference | None]:
    if what is None:
        return lambda _name: None
    try:
        found = {each.name: named(what, each.name) for each in chosen}
    except NoReferenceError as error:
        raise CommandError(str(error)) from error
    if not any(found.values()):
        raise CommandError(f"{what} is a run of another benchmark.")
    return found.get
