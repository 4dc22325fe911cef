"""Analyse a session again: with which engine, on which terms."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from analysis import access
from analysis.intake.errors import IntakeError
from analysis.processing import verbs
from analysis.web.engine_choice import ChoiceError, choice_context, read_choice
from analysis.web.faults import Fault, fault_of
from analysis.web.pages import PageRequest, page, session_or_404


@page(access.WRITE, methods=("GET", "HEAD", "POST"))
def session_reanalyze(request: PageRequest, session_id: uuid.UUID) -> HttpResponse:
    """Ask first, then begin."""
    session = session_or_404(request, session_id)
    if not session.is_final:
        messages.warning(request, _("Wait until the session has ended."))
        return redirect("progress", session_id=session.pk)
    fault: Fault | None = None
    if request.method == "POST":
        try:
            choice = read_choice(request.POST, session)
            verbs.reanalyze(session=session, actor=request.user, engine=choice.engine, terms=choice.terms)
        except ChoiceError as error:
            fault = error.fault
        except IntakeError as error:
            fault = fault_of(error)
        except verbs.StateError as error:
            messages.warning(request, _(error.message))
            return redirect("progress", session_id=session.pk)
        else:
            return redirect("progress", session_id=session.pk)
    posted = request.POST if fault else None
    context = {"session": session, "fault": fault, **choice_context(session, session.comment_count, posted)}
    return render(request, "web/reanalyze.html", context, status=422 if fault else 200)
