"""``manage.py train_engine``: train the embedded engine on the corpus, or a candidate on corrections as well."""

from __future__ import annotations

import os
import signal
import sys
import uuid
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analysis.engines.evaluation.labelled import CORPUS, corpus, corpus_sources
from analysis.engines.registry import DEFAULT_ENGINE, TrainingUnavailable, local_engine_names, trainer
from analysis.learning import store
from analysis.learning.report import report
from analysis.learning.training import Order, TooFewLessons, train_candidate
from analysis.models import EngineModel

_COMMITTED = CORPUS.parent / "embedded" / "weights"
_KNOWN_FAILURES = (TooFewLessons, TrainingUnavailable, store.SameModel)
_NICENESS = 10


class Command(BaseCommand):
    """Trains; nothing is activated by it."""

    help = (
        "Train the embedded engine. Alone: the weights that are committed with the code. With --with-corrections: a"
        " candidate from the corpus and what people corrected, measured against the active model and stored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--seed", type=int, default=0, help="the same data and seed give the same model")
        parser.add_argument("--with-corrections", action="store_true", help="learn from what people corrected, too")
        parser.add_argument(
            "--compare", type=int, default=5, metavar="N",
            help="label N thousand comments of past sessions with both models, and report what would change",
        )  # fmt: skip
        parser.add_argument("--force", action="store_true", help="even from very few corrections")
        parser.add_argument("--engine", default=DEFAULT_ENGINE, choices=local_engine_names(), help="who is to learn")
        parser.add_argument("--row", type=uuid.UUID, help="the training that a worker has claimed")
        parser.add_argument("--token", type=uuid.UUID, help="what it was claimed with")

    def handle(self, *args: Any, **options: Any) -> None:
        """Train, measure, store, report; fail with a sentence."""
        try:
            if not options["with_corrections"]:
                self._committed(options)
            elif options["row"]:
                self._claimed(options)
            else:
                order = Order(options["engine"], options["seed"], options["compare"] * 1000, force=options["force"])
                model = store.keep(train_candidate(order, self._tell), actor=None)
                self.stdout.write(report(model))
        except _KNOWN_FAILURES as error:
            raise CommandError(str(error)) from error

    def _committed(self, options: dict[str, Any]) -> None:
        folder: Path = _COMMITTED
        folder.mkdir(exist_ok=True)
        manifest = trainer(options["engine"])(corpus(), seed=options["seed"], folder=folder, sources=corpus_sources())
        self.stdout.write(f"{manifest['comments']} comments learnt; weights written to {folder}")

    def _claimed(self, options: dict[str, Any]) -> None:
        """For a worker: the outcome goes into the row, unless somebody else has it by now."""
        os.nice(_NICENESS)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what lies in temporary folders goes, too
        row, token = options["row"], options["token"]
        model = EngineModel.objects.filter(pk=row, lease_token=token).first()
        if model is None:
            raise CommandError("This training is not mine (any more).")
        order = Order(model.name, model.seed, options["compare"] * 1000)
        try:
            store.keep_in(row, token, train_candidate(order, self._tell))
        except _KNOWN_FAILURES as error:
            store.fail(row, token, str(error))
        except store.TrainingLost as error:
            raise CommandError("Somebody else took this training over.") from error

    def _tell(self, step: str) -> None:
        self.stderr.write(step)
