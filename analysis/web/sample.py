"""The bundled sample, loaded in one click."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from analysis import access
from analysis.intake.uploads import create_session
from analysis.models import Origin
from analysis.processing.verbs import start_import
from analysis.sample import SAMPLE_FILE
from analysis.web.pages import PageRequest, page, team_or_403


@page(access.WRITE, methods=("POST",))
def load_sample(request: PageRequest) -> HttpResponse:
    """Store the sample as a session of the team, begin to analyse it and show how that goes."""
    team = team_or_403(request)
    with SAMPLE_FILE.open("rb") as upload, transaction.atomic():
        session = create_session(
            team=team, user=request.user, name=_("Sample: customers of the fibre"), origin=Origin.SAMPLE,
            upload=upload, filename=SAMPLE_FILE.name,
        )  # fmt: skip
        start_import(session=session, actor=request.user)
    return redirect("progress", session_id=session.pk)
