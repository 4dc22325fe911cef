"""The last sheet of a workbook: what each number means and where it comes from."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from analysis.exports.sheets import MAX_ROWS, Sheet
from analysis.insights.filters import CommentFilter
from analysis.models import Session


def write_method(sheet: Sheet, chosen: CommentFilter, sessions: QuerySet[Session]) -> None:
    """Write one term and its meaning a row; with one session also what became of its file's rows."""
    sheet.raw.set_column(0, 0, 28)
    sheet.raw.set_column(1, 1, 110)
    sheet.write([_("Method")], [sheet.looks.title])
    for term, meaning in terms():
        sheet.write([term, meaning], [sheet.looks.plain, sheet.looks.wrapped])
    session = sessions.filter(pk=chosen.session).first() if chosen.session else None
    if session is None:
        return
    sheet.skip()
    sheet.write([_("This session")], [sheet.looks.heading])
    for term, value in facts(session):
        sheet.write([term, value], [sheet.looks.plain, sheet.looks.wrapped])


def terms() -> list[tuple[str, str]]:
    """The words of the workbook, each with what it means."""
    return [
        (
            _("NPS"),
            _(
                "% promoters (rating 9 or 10) minus % detractors (0 to 6) of the comments with a rating or an NPS "
                "group; -100 to 100. Without ratings there is no NPS."
            ),
        ),
        (
            _("Net sentiment"),
            _("% positive minus % negative of the comments with a sentiment; -100 to 100. It is not NPS."),
        ),
        (_("Score"), _("Sentiment of the comment from -1 (negative) to 1 (positive), joined with its rating if any.")),
        (_("Theme"), _("What the comment is about, with the sentiment towards that very theme. Several are possible.")),
        (_("Share"), _("Comments of this kind divided by the comments that have a sentiment.")),
        (_("Confidence"), _("How sure the engine is of the sentiment, 0 to 1.")),
        (
            _("Repeats"),
            _("Each comment counts, because each is a customer; this column names the first one with the same text."),
        ),
        (
            _("Corrected"),
            _("A person decided a label; their value is shown, and it stays when comments are analysed anew."),
        ),
        (
            _("Fallback"),
            _("The engine that was asked for could not answer; another one labelled the comment meanwhile."),
        ),
        (
            _("Urgency"),
            _("P0 emergency, P1 unusable or unresolved for days, P2 annoyance, P3 the rest."),
        ),
        (_("Churn risk"), _("High: announces leaving. Medium: looks at others. Low: hints at it.")),
        (_("Personal data"), _("Phone, identity, account and card numbers and addresses were masked before storing.")),
        (
            _("Limits of Excel"),
            _("A sheet holds %(rows)d rows and a cell 32,767 characters; longer texts end with “…”.")
            % {"rows": MAX_ROWS},
        ),
    ]


def facts(session: Session) -> list[tuple[str, str | int]]:
    """What became of the rows of a session's file, and which engine labelled them."""
    return [
        (_("Rows of the file"), session.rows_total),
        (_("Different comments"), session.comment_count),
        (_("Repeats of an earlier text"), session.duplicate_count),
        (_("Rejected rows"), session.rejected_count),
        (_("Engine"), f"{session.engine} {session.engine_version}".strip()),
        (_("Session id"), str(session.pk)),
        (_("Revision"), session.revision),
    ]
