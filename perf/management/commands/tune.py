"""``manage.py tune``: where the knobs stand; ``--simulate``: what the tuner would have done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from perf.models import Tunable
from perf.tunables.knobs import find
from perf.tunables.rows import ensure_rows
from perf.tuning.replay import replay
from perf.tuning.verbs import is_stopped
from perf.tuning.words import outcome_of, reason_of


class Command(BaseCommand):
    """Reads; nothing is turned."""

    help = "Show the knobs, or replay the recorded minutes: what would the tuner have done?"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--simulate", action="store_true", help="replay what was recorded; nothing is turned")
        parser.add_argument("--hours", type=float, default=24.0, help="how far back (24)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say it, a line each."""
        if options["simulate"]:
            self._simulate(options["hours"])
            return
        ensure_rows()
        if is_stopped():
            self.stdout.write("The tuner is stopped.")
        for row in Tunable.objects.order_by("name"):
            knob = find(row.name)
            unit = knob.unit if knob else ""
            frozen = ", frozen" if row.is_frozen else ""
            self.stdout.write(f"{row.name:<24} {row.value:g} {unit} ({row.low:g} to {row.high:g}), {row.mode}{frozen}")

    def _simulate(self, hours: float) -> None:
        told = replay(hours)
        self.stdout.write(f"Since {_clock(told.begun_at)}: {told.minutes} minutes with traffic.")
        for turn in told.turns:
            at = _clock(datetime.fromtimestamp(turn.at, tz=timezone.get_current_timezone()))
            words = outcome_of if turn.is_back else reason_of
            verb = "back" if turn.is_back else "turn"
            why = words(turn.reason, turn.evidence)
            self.stdout.write(f"{at}  {verb}  {turn.knob:<18} {turn.old:g} -> {turn.new:g}  {why}")
        for name, value in told.ends.items():
            self.stdout.write(f"{name:<24} {told.starts[name]:g} -> {value:g}")


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
