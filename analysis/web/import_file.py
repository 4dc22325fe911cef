"""Import, step 1: the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from analysis import access
from analysis.intake.errors import IntakeError
from analysis.intake.sniff import TEXTS, WORKBOOKS
from analysis.intake.uploads import create_session
from analysis.web.faults import Fault, fault_of
from analysis.web.import_steps import steps
from analysis.web.pages import PageRequest, page, team_or_403

ACCEPTED = tuple(sorted(WORKBOOKS | TEXTS))


@page(access.WRITE, methods=("GET", "HEAD", "POST"))
def import_file(request: PageRequest) -> HttpResponse:
    """Ask for a file; a session begins with it."""
    fault = None
    if request.method == "POST":
        upload = request.FILES.get("file")
        try:
            if isinstance(upload, UploadedFile):
                return _take(request, upload)
            fault = Fault("no_file", _("No file was chosen."), _("Choose a file that holds comments."))
        except IntakeError as error:
            fault = fault_of(error)
    context = {
        "fault": fault,
        "steps": steps("file"),
        "accept": ",".join(f".{name}" for name in ACCEPTED),
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "name": request.POST.get("name", ""),
    }
    return render(request, "web/import_file.html", context, status=422 if fault else 200)


def _take(request: PageRequest, upload: UploadedFile[Any]) -> HttpResponse:
    filename = _filename(upload)
    name = request.POST.get("name", "").strip() or Path(filename).stem
    team = team_or_403(request)
    session = create_session(team=team, user=request.user, name=name, upload=upload, filename=filename)
    return redirect("import-columns", session_id=session.pk)


def _filename(upload: UploadedFile[Any]) -> str:
    return (upload.name or "").replace("\x00", "") or "file"
