"""Import, steps 3 and 4: what would come of it, and the start."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from analysis import access
from analysis.intake.errors import IntakeError
from analysis.intake.types import FIELDS
from analysis.intake.uploads import inspect_session, read_options
from analysis.models import Session, Team
from analysis.processing.verbs import StateError, start_import
from analysis.web.engine_choice import ChoiceError, choice_context, read_choice
from analysis.web.faults import Fault, fault_of
from analysis.web.import_steps import elsewhere, steps
from analysis.web.pages import PageRequest, page, session_or_404
from analysis.web.rehearsal import rehearse

# Rows a second, and seconds until the first one.
_USUAL_RATE, _READ_RATE, _BEGINNING = 3000.0, 20_000.0, 1.0


@page(access.WRITE)
def import_check(request: PageRequest, session_id: uuid.UUID) -> HttpResponse:
    """Rehearse with the first rows and show the problems by column and row."""
    session = session_or_404(request, session_id)
    away = elsewhere(session)
    if away is not None:
        return away
    context: dict[str, object] = {"session": session, "steps": steps("check")}
    try:
        rehearsal = rehearse(session)
        rows = rehearsal.rows if rehearsal.whole else inspect_session(session=session).rows_estimate
        context |= {"rehearsal": rehearsal, "seconds": _seconds(session.team, rows)}
    except IntakeError as error:
        context["fault"] = fault_of(error)
        return render(request, "web/import_check.html", context, status=422)
    return render(request, "web/import_check.html", context)


@page(access.WRITE, methods=("GET", "HEAD", "POST"))
def import_start(request: PageRequest, session_id: uuid.UUID) -> HttpResponse:
    """Say once more what will happen, then begin."""
    session = session_or_404(request, session_id)
    away = elsewhere(session)
    if away is not None:
        return away
    fault: Fault | None = None
    if request.method == "POST":
        try:
            choice = read_choice(request.POST, session)
            start_import(session=session, actor=request.user, engine=choice.engine, terms=choice.terms)
        except ChoiceError as error:
            fault = error.fault
        except StateError as error:
            messages.info(request, _(error.message))
            return redirect("progress", session_id=session.pk)
        else:
            return redirect("progress", session_id=session.pk)
    try:
        inspection = inspect_session(session=session)
    except IntakeError as error:
        messages.error(request, fault_of(error).message)
        return redirect("import-columns", session_id=session.pk)
    columns = read_options(session).columns or {}
    context = {
        "session": session,
        "steps": steps("start"),
        "inspection": inspection,
        "mapped": [(field, columns[field]) for field in FIELDS if columns.get(field)],
        "ignored": [column.name for column in inspection.columns if column.ignored],
        "seconds": _seconds(session.team, inspection.rows_estimate),
        "fault": fault,
        **choice_context(session, _texts(session, inspection.rows_estimate), request.POST if fault else None),
    }
    return render(request, "web/import_start.html", context, status=422 if fault else 200)


def _texts(session: Session, rows: int) -> int:
    """About how many different texts the file holds, by its first rows."""
    first = rehearse(session)
    return first.distinct if first.whole else round(rows * first.distinct / max(1, first.rows))


def _seconds(team: Team, rows: int) -> float:
    """How long ``rows`` take: reading at its usual speed, labelling as fast as the team's last session went."""
    done = Session.objects.filter(team=team, completed_at__gt=F("started_at"), rows_total__gte=500)
    last = done.order_by("-created_at").first()
    rate = _USUAL_RATE
    if last is not None and last.completed_at and last.started_at:
        rate = last.rows_total / max(0.2, (last.completed_at - last.started_at).total_seconds())
    return _BEGINNING + rows / _READ_RATE + rows / rate
