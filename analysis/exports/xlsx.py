"""A workbook for people who have Excel: summary with charts, every comment, and how the numbers came about.

Memory does not grow with the rows. When they are more than a sheet can hold, they go on in the next one, and the
summary says so.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

import xlsxwriter
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from analysis.exports.method import write_method
from analysis.exports.rows import COLUMNS, Row, rows
from analysis.exports.sheets import MAX_ROWS, OPTIONS, Looks, Sheet
from analysis.exports.summary import write_summary
from analysis.insights import labels
from analysis.insights.aggregates import count
from analysis.insights.filters import CommentFilter
from analysis.models import Session

_WIDTHS = {"row": 7, "id": 12, "text": 70, "emotions": 24, "themes": 36, "duplicate_of": 12, "date": 16, "region": 16}
_WIDTH = 13
# Columns whose codes people read under another name.
_NAMED = {
    "language": "language",
    "sentiment": "sentiment",
    "urgency": "urgency",
    "churn_risk": "churn_risk",
    "nps_group": "nps_group",
    "status": "status",
}


def write_workbook(
    target: IO[bytes],
    chosen: CommentFilter,
    sessions: QuerySet[Session],
    *,
    scratch: Path,
    rows_a_sheet: int = MAX_ROWS - 1,
) -> None:
    """Write the comments that pass the filter to ``target``, in the active language.

    Args:
        target: a binary file that can be sought.
        chosen: the filter.
        sessions: what the asker may see.
        scratch: a directory for what is written before it is packed; it is the caller's to remove.
        rows_a_sheet: comments on one sheet; Excel's limit unless a test says otherwise.

    Run it in a ``snapshot``, so that the totals of the summary are those of the rows.
    """
    overview = count(chosen, sessions)
    workbook = xlsxwriter.Workbook(target, OPTIONS | {"tmpdir": str(scratch)})
    try:
        looks = Looks.of(workbook)
        summary = Sheet(workbook, _("Summary"), looks)
        names = _sheet_names(overview.n, rows_a_sheet)
        write_summary(workbook, summary, overview, list(_about(chosen, sessions, names)))
        found = rows(chosen, sessions)
        with contextlib.closing(found):
            for name in names:
                _write_comments(Sheet(workbook, name, looks), islice(found, rows_a_sheet))
        write_method(Sheet(workbook, _("Method"), looks), chosen, sessions)
        workbook.close()
    except BaseException:
        workbook.fileclosed = True
        raise


def _sheet_names(comments: int, rows_a_sheet: int) -> list[str]:
    name = _("Comments")
    sheets = max(1, -(-comments // rows_a_sheet))
    return [name, *(f"{name} {number}" for number in range(2, sheets + 1))]


def _about(chosen: CommentFilter, sessions: QuerySet[Session], names: Sequence[str]) -> Iterator[tuple[str, str]]:
    session = sessions.filter(pk=chosen.session).first() if chosen.session else None
    if session is not None:
        yield _("Session"), session.name
    yield _("Exported"), timezone.localtime().strftime("%d/%m/%Y %H:%M")
    for name, values in chosen.without("session").to_params().items():
        yield _("Filter"), f"{name} = {', '.join(values)}"
    if len(names) > 1:
        text = _("A sheet holds at most %(rows)d rows, so the comments are on %(count)d sheets: %(names)s.")
        yield _("Note"), text % {"rows": MAX_ROWS, "count": len(names), "names": ", ".join(names)}


def _write_comments(sheet: Sheet, found: Iterable[Row]) -> None:
    looks = sheet.looks
    columns = {
        "text": looks.wrapped,
        "date": looks.moment,
        "sentiment_score": looks.decimal,
        "confidence": looks.decimal,
    }
    for index, name in enumerate(COLUMNS):
        sheet.raw.set_column(index, index, _WIDTHS.get(name, _WIDTH))
    sheet.raw.freeze_panes(1, 3)
    sheet.raw.ignore_errors({"number_stored_as_text": f"A1:XFD{MAX_ROWS}"})
    headers = _headers()
    sheet.write([headers[name] for name in COLUMNS], [looks.header] * len(COLUMNS))
    by_column = [columns.get(name, looks.plain) for name in COLUMNS]
    names = _Names()
    for row in found:
        sheet.write(names.cells(row), by_column)
    sheet.raw.autofilter(0, 0, max(sheet.row - 1, 1), len(COLUMNS) - 1)


class _Names:
    """Turns the codes of rows into names; each one is translated once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._yes = _("yes")

    def cells(self, row: Row) -> list[Any]:
        """The values of a row as a person reads them; empty text leaves the cell empty."""
        return [self._cell(name, value) for name, value in zip(COLUMNS, row, strict=True)]

    def _cell(self, name: str, value: Any) -> Any:
        if value is None or value == "" or value is False:
            return None
        if value is True:
            return self._yes
        if name in _NAMED:
            return self._name(_NAMED[name], value)
        if name == "themes":
            return "; ".join(
                f"{self._name('theme', t['code'])} ({self._name('sentiment', t['sentiment'])})" for t in value
            )
        if name == "emotions":
            return "; ".join(self._name("emotion", emotion["code"]) for emotion in value)
        return str(value) if name in ("id", "duplicate_of") else value

    def _name(self, kind: str, code: str) -> str:
        key = (kind, code)
        if key not in self._known:
            self._known[key] = labels.name_of(kind, code)
        return self._known[key]


def _headers() -> dict[str, str]:
    return {
        "row": _("Row"),
        "id": _("Id"),
        "text": _("Comment"),
        "language": _("Language"),
        "sentiment": _("Sentiment"),
        "sentiment_score": _("Score"),
        "emotions": _("Emotions"),
        "themes": _("Themes"),
        "urgency": _("Urgency"),
        "churn_risk": _("Churn risk"),
        "confidence": _("Confidence"),
        "engine": _("Engine"),
        "is_fallback": _("Fallback"),
        "duplicate_of": _("Repeats"),
        "rating": _("Rating"),
        "nps_group": _("NPS group"),
        "date": _("Date"),
        "region": _("Region"),
        "service": _("Service"),
        "channel": _("Channel"),
        "status": _("Status"),
        "human": _("Corrected"),
    }
