"""``manage.py evaluate [FILE]``: how well an engine labels comments that a person has labelled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from analysis.engines.base import Engine, EngineError
from analysis.engines.evaluation.card import CardError, fill
from analysis.engines.evaluation.cases import Case, judge
from analysis.engines.evaluation.evaluation import as_json, errors, evaluate
from analysis.engines.evaluation.labelled import GOLD_FILE, LabelError, read_labelled
from analysis.engines.evaluation.report import error_lines, report
from analysis.engines.registry import TRANSFORMER, get_engine, local_engine_names
from analysis.routing.remote import Unusable
from analysis.routing.router import engine_called


class Command(BaseCommand):
    """Measures one engine on one file."""

    help = "Measure an engine on comments labelled by hand: figures with intervals, classes, calibration, slices"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "file", nargs="?", type=Path, default=GOLD_FILE, metavar="FILE",
            help="tab separated, with the columns of the gold set; the gold set itself when not given",
        )  # fmt: skip
        parser.add_argument("--engine", default=settings.DEFAULT_ENGINE, choices=_names(), help="who labels")
        parser.add_argument("--json", type=Path, metavar="OUT", help="where the figures go as JSON, without texts")
        parser.add_argument(
            "--card", type=Path, metavar="DOCUMENT", help="a model card whose figures are brought up to date"
        )
        parser.add_argument(
            "--errors", type=int, default=0, metavar="N",
            help="show N comments with a wrong sentiment, surest first; never those of the gold set",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure, print, and write JSON where asked."""
        try:
            if options["errors"] and options["file"].read_bytes() == GOLD_FILE.read_bytes():
                raise CommandError("The gold set stays frozen: nobody sees its texts, so there are no error samples.")
            comments = read_labelled(options["file"])
            engine = _engine(options["engine"])
            cases = judge(comments, engine)
            result = evaluate(cases, engine)
            if options["json"]:
                text = json.dumps(as_json(result), indent=2, ensure_ascii=False)
                options["json"].write_text(text + "\n", encoding="utf-8")
            if options["card"]:
                card = fill(options["card"].read_text(encoding="utf-8"), result)
                options["card"].write_text(card, encoding="utf-8")
        except (CardError, LabelError, EngineError, Unusable, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(report(result), ending="")
        if options["errors"]:
            self._show_errors(cases, options["errors"])

    def _show_errors(self, cases: list[Case], most: int) -> None:
        frozen = {comment.text for comment in read_labelled(GOLD_FILE)}
        self.stdout.write("\nErrors: reader / engine, its confidence, the text")
        for line in error_lines(errors([case for case in cases if case.gold.text not in frozen], most)):
            self.stdout.write(line)


def _names() -> list[str]:
    return [*local_engine_names(), TRANSFORMER]


def _engine(name: str) -> Engine:
    """What came with the product, whatever was activated here; a model of one's own as it is set up."""
    return engine_called(name) if name == TRANSFORMER else get_engine(name)
