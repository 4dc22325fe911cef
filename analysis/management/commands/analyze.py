"""``manage.py analyze FILE --output OUT``: the whole path, from a file of comments to a file of labels."""

from __future__ import annotations

from argparse import ArgumentTypeError
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override

from analysis.engines.registry import engine_names
from analysis.exports.files import FORMATS, Export, ExportError, format_of, write_file
from analysis.insights.filters import CommentFilter
from analysis.intake.errors import IntakeError
from analysis.intake.parse import inspect
from analysis.intake.store import stored_error
from analysis.intake.terms import SessionTerms
from analysis.intake.types import ReadOptions
from analysis.intake.uploads import create_session
from analysis.models import CommentStatus, OnOutage, Origin, Session, SessionState, Team
from analysis.processing import verbs
from analysis.processing.inline import work_until_done
from analysis.processing.progress import Progress

_TEAM = "Command line"


class Command(BaseCommand):
    """Imports, labels and exports one file."""

    help = (
        "Label every comment of a file (xlsx, xls, csv, tsv, json, jsonl or txt) and write the outcome to another: "
        + ", ".join(FORMATS)
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", type=Path, metavar="FILE", help="the file of comments")
        parser.add_argument("--output", type=Path, required=True, metavar="OUT", help="where the labels go")
        parser.add_argument("--column", help="name of the column that holds the comments; detected when not given")
        parser.add_argument("--engine", default=settings.DEFAULT_ENGINE, choices=engine_names(), help="who labels")
        parser.add_argument(
            "--sends-abroad", action="store_true", help="comments may be sent to an engine abroad, personal data masked"
        )
        parser.add_argument(
            "--on-outage", default=OnOutage.FALLBACK, choices=OnOutage.values,
            help="while the engine does not answer: labels of the embedded one for now, or wait",
        )  # fmt: skip
        parser.add_argument("--cost-limit", type=_amount, metavar="USD", help="the most that it may cost")
        parser.add_argument("--team", default=_TEAM, help="whose session it becomes; made when there is none")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the whole path, print the counts, fail with a clear message."""
        source, target = options["file"], options["output"]
        try:
            form = _checked(source, target)
            session = self._import(source, options)
            session = work_until_done(session, self._report if options["verbosity"] > 1 else None)
            _raise_failure(session)
            chosen = CommentFilter.parse({"session": str(session.pk)})
            write_file(Export(chosen, Session.objects.filter(pk=session.pk), form), target)
        except IntakeError as error:
            raise CommandError(f"{error} {error.hint % error.params}") from error
        except (ExportError, OSError) as error:
            raise CommandError(str(error)) from error
        self._say_counts(session, target)

    def _import(self, source: Path, options: dict[str, Any]) -> Session:
        column = options["column"]
        chosen = ReadOptions(columns={"comment": column} if column else None)
        inspect(source, source.name, chosen)
        team, _created = Team.objects.get_or_create(name=options["team"])
        with source.open("rb") as upload:
            session = create_session(
                team=team, user=None, name=source.name, origin=Origin.COMMAND, upload=upload, filename=source.name,
                engine=options["engine"], options=chosen,
                terms=SessionTerms(options["sends_abroad"], options["on_outage"], options["cost_limit"]),
            )  # fmt: skip
        return verbs.start_import(session=session, actor=None)

    def _report(self, state: Progress) -> None:
        self.stderr.write(f"{state.phase}: {state.done} of {state.total or '?'}")

    def _say_counts(self, session: Session, target: Path) -> None:
        done = session.comments.filter(status=CommentStatus.DONE).count()
        aside = session.comments.filter(status=CommentStatus.FAILED).count()
        self.stdout.write(
            f"{session.rows_total} rows = {session.comment_count} comments"
            f" + {session.duplicate_count} duplicates folded + {session.rejected_count} rejected\n"
            f"{done} labelled, {aside} set aside; engine {session.engine} {session.engine_version}\n"
            f"session {session.pk} written to {target}"
        )
        for rejected in session.rejected_rows.order_by("row_number")[:10]:
            self.stderr.write(f"line {rejected.line}, column {rejected.column!r}: {rejected.reason} {rejected.value!r}")


def _amount(text: str) -> Decimal:
    """US dollars; argparse says what is wrong with any other text."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise ArgumentTypeError("an amount such as 2.50")
    return amount


def _checked(source: Path, target: Path) -> str:
    """The output's format; complains before any work is done, in the language of commands."""
    with override("en"):
        form = format_of(target)
    if not source.is_file():
        raise CommandError(f"There is no file {source}.")
    if not target.parent.is_dir():
        raise CommandError(f"There is no folder {target.parent}.")
    return form


def _raise_failure(session: Session) -> None:
    """A session that did not complete has a code with a message; a paused or cancelled one says so."""
    if session.state in (SessionState.COMPLETED, SessionState.COMPLETED_WITH_ERRORS):
        return
    if session.state in (SessionState.FAILED, SessionState.MAPPING):
        raise stored_error(session)
    if session.pause_reason:
        raise CommandError(f"The session waits ({session.pause_reason}); nothing is lost, workers go on with it later.")
    raise CommandError(f"The session was {session.get_state_display()} by somebody else.")
