"""Import, step 2: how the file is read, and which of its columns feed which of our fields."""

from __future__ import annotations

import codecs
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from analysis import access
from analysis.intake.errors import IntakeError
from analysis.intake.parse import settle
from analysis.intake.types import FIELDS, ColumnInfo, Inspection, ReadOptions
from analysis.intake.uploads import inspect_session, read_options, same_file_before
from analysis.models import Session
from analysis.web.faults import fault_of, notice_text
from analysis.web.import_steps import elsewhere, remembered_columns, save_options, steps
from analysis.web.pages import PageRequest, page, session_or_404

ENCODINGS = ("utf-8", "cp1252", "latin-1", "utf-16")
DELIMITERS = (",", ";", "\t", "|")
READING = ("sheet", "encoding", "delimiter", "header_row")


@dataclass(frozen=True, slots=True)
class Choice:
    """One field of ours and the column that feeds it."""

    field: str
    column: ColumnInfo | None
    required: bool


@page(access.WRITE, methods=("GET", "HEAD", "POST"))
def import_columns(request: PageRequest, session_id: uuid.UUID) -> HttpResponse:
    """Show what was detected, take what the person says instead."""
    session = session_or_404(request, session_id)
    away = elsewhere(session)
    if away is not None:
        return away
    fault = None
    if request.method == "POST":
        options = _mapped(request.POST)
        try:
            save_options(session, settle(_with_comments(inspect_session(session=session, options=options)), options))
            return redirect("import-check", session_id=session.pk)
        except IntakeError as error:
            fault = fault_of(error)
    context: dict[str, object] = {"session": session, "steps": steps("columns"), "fault": fault}
    try:
        inspection, remembered = _look(request, session)
        context |= _shown(inspection) | {"remembered": remembered, "twin": same_file_before(session=session)}
    except IntakeError as error:
        context |= {"fault": fault or fault_of(error), "unreadable": True, "asked": _asked(request.GET)}
    return render(request, "web/import_columns.html", context, status=422 if context["fault"] else 200)


def _look(request: PageRequest, session: Session) -> tuple[Inspection, bool]:
    """The file with the reading of the URL, else as it was left, else with what the team last said of such columns."""
    asked = _asked(request.GET)
    if asked:
        return inspect_session(session=session, options=_reading(asked)), False
    saved = read_options(session)
    inspection = inspect_session(session=session, options=saved)
    if saved.columns is not None or inspection.mended:
        return inspection, False
    names = [column.name for column in inspection.columns]
    columns = remembered_columns(session.team, names, besides=session.pk)
    if columns is None:
        return inspection, False
    try:
        return inspect_session(session=session, options=replace(saved, columns=columns)), True
    except IntakeError:  # the columns are called the same, but are not the same
        return inspection, False


def _asked(params: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name in READING if (value := params.get(name, ""))}


def _reading(asked: Mapping[str, str]) -> ReadOptions:
    """Options from the form or the URL; what cannot be meant is left to detection."""
    delimiter = asked.get("delimiter", "")
    row = asked.get("header_row", "")
    return ReadOptions(
        sheet=asked.get("sheet") or None,
        encoding=_encoding(asked.get("encoding", "")),
        delimiter=delimiter if delimiter in DELIMITERS else None,
        header_row=int(row) if row.isascii() and row.isdigit() and len(row) < 7 else None,
    )


def _encoding(name: str) -> str | None:
    try:
        return codecs.lookup(name).name if name else None
    except LookupError:
        return None


def _mapped(form: Mapping[str, str]) -> ReadOptions:
    """The whole form: the reading and the meaning of the columns."""
    columns = {field: form.get(f"field_{field}") or None for field in FIELDS}
    order = {"day": True, "month": False}.get(form.get("date_order", ""))
    scale = form.get("rating_scale", "")
    reading = _reading(_asked(form))
    return replace(reading, columns=columns, day_first=order, rating_scale=scale if scale in ("0-10", "1-5") else None)


def _with_comments(inspection: Inspection) -> Inspection:
    """The same inspection; raises ``IntakeError`` when no column feeds the comments."""
    if not any(column.field == "comment" for column in inspection.columns):
        raise IntakeError("no_comment_column")
    return inspection


def _shown(inspection: Inspection) -> dict[str, object]:
    by_field = {column.field: column for column in inspection.columns if column.field}
    return {
        "inspection": inspection,
        "choices": [Choice(field, by_field.get(field), field == "comment") for field in FIELDS],
        "notices": [notice_text(notice) for notice in inspection.warnings],
        "encodings": _with(inspection.encoding, ENCODINGS),
        "delimiters": [(sign, _delimiter_name(sign)) for sign in DELIMITERS],
        "ignored": [column for column in inspection.columns if column.ignored],
    }


def _with(value: str, known: tuple[str, ...]) -> list[str]:
    return [*([value] if value and value not in known else []), *known]


def _delimiter_name(sign: str) -> str:
    names = {",": _("comma ,"), ";": _("semicolon ;"), "\t": _("tab"), "|": _("bar |")}
    return names[sign]
